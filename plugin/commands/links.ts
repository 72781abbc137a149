/** `projects`, `links`, `link PROJECT JOB`, `unlink`: which project of the tool belongs to which job on OpenTrain. */
import { type Command, Option } from 'commander';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { projectIdOf } from '../mirror/external-project-id.ts';
import { linkProject, relinkAll, unlinkProject } from '../mirror/link-project.ts';
import { leaveToOtherTool } from '../mirror/look-at-links.ts';
import { allProjectLinks, labelUnits } from '../mirror/project-links.ts';
import { type LinkStanding, ownerByAddress, standingOf } from '../mirror/whose-link.ts';
import type { ProjectLink } from '../platform/types.ts';
import { table } from '../text/table.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

export function registerLinks(program: Command): void {
  pluginAction(
    program
      .command('projects')
      .description("The tool's projects, and which job each is linked to.")
      .addHelpText('after', '\nExample:\n  opentrain-plugin projects'),
    (context) => listProjects(context),
  );
  pluginAction(
    program
      .command('links')
      .option('--relink', 'after a reconnect: link again, as before, what is not linked any more')
      .option(
        '--other-tool <link>',
        'after an upgrade: this link leads to another tool, so nobody has access here by it',
      )
      .description('The links between projects and jobs, as OpenTrain has them.')
      .addHelpText('after', '\nExamples:\n  opentrain-plugin links --json\n  opentrain-plugin links --relink'),
    (context, options) => {
      if (typeof options.otherTool === 'string') return disown(context, options.otherTool);
      return options.relink === true ? relinkProjects(context) : listLinks(context);
    },
  );
  pluginAction(
    program
      .command('link')
      .argument('<project>', "the tool's project id (see `projects`)")
      .argument('<job>', "the job's id on OpenTrain")
      .addOption(new Option('--label-unit <unit>', 'what one label is').choices(labelUnits).default('annotations'))
      .description('Link a project to a job; trainers hired for the job are invited to it.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin link 12 job_8f2c'),
    (context, options, [project = '', job = '']) => link(context, project, job, String(options.labelUnit)),
  );
  pluginAction(
    program
      .command('unlink')
      .argument('<link>', 'the link id (see `links`)')
      .description('Remove a link. Access that depended on it ends after LINK_REMOVAL_GRACE.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin unlink plink_31aa'),
    (context, _options, [linkId = '']) => unlink(context, linkId),
  );
}

async function listProjects(context: PluginContext): Promise<CommandResult> {
  const toolUrl = context.settings.tool.publicUrl;
  const projects = await context.tool.listProjects();
  const links = (await context.openTrain.projectLinks()).value;
  const rows = projects.map((project) => {
    const linked = links.filter(
      (row) =>
        ownerByAddress(row.externalProjectUrl, toolUrl) === 'this tool' &&
        projectIdOf(row.externalProjectId, toolUrl) === project.id,
    );
    return { ...project, jobs: linked.map((row) => row.jobId ?? 'no job') };
  });
  const text = table(
    ['Project', 'Title', 'Job'],
    rows.map((row) => [row.id, row.title, row.jobs.join(', ') || '–']),
  );
  return { text: projects.length > 0 ? text : 'The tool has no projects yet.', json: rows };
}

async function disown(context: PluginContext, linkId: string): Promise<CommandResult> {
  if (!(await leaveToOtherTool(context, linkId))) {
    const what = `${linkId} is no link of which it is open whose it is.`;
    throw new AdminError(what, '`opentrain-plugin status` names those that are.');
  }
  const text = `Link ${linkId} is another tool's: access here that only it gave ends now. Work in it is no longer counted here.`;
  return { text, json: { linkId, standing: 'another tool' } };
}

async function listLinks(context: PluginContext): Promise<CommandResult> {
  const links = (await context.openTrain.projectLinks()).value;
  const known = new Map((await allProjectLinks(context.database)).map((row) => [row.id, standingOf(row)]));
  const told = links.map((row) => ({ ...row, standing: standingNow(context, row, known.get(row.id)) }));
  const rows = told.map((row) => [
    row.id,
    projectIdOf(row.externalProjectId, context.settings.tool.publicUrl),
    row.externalProjectName ?? '',
    row.jobId ?? 'no job',
    accessBy(row),
  ]);
  const text = table(['Link', 'Project', 'Title', 'Job', 'Access is given by'], rows);
  return {
    text: links.length > 0 ? text : 'There are no links. Make one: opentrain-plugin link PROJECT JOB',
    json: told,
  };
}

/** What is stored of a link; one that is not stored yet, or was not looked at yet, by its address. */
function standingNow({ settings }: PluginContext, link: ProjectLink, stored: LinkStanding = 'unconfirmed') {
  if (stored !== 'unconfirmed') return stored;
  const isOther = ownerByAddress(link.externalProjectUrl, settings.tool.publicUrl) === 'another tool';
  return isOther ? 'another tool' : stored;
}

function accessBy({ standing, provisioningMode }: ProjectLink & { standing: LinkStanding }): string {
  if (standing === 'another tool') return "another tool's: no access here";
  const by = provisioningMode === 'MANAGED_ADAPTER' ? 'OpenTrain (MANAGED_ADAPTER)' : 'this plugin';
  if (standing === 'missing') return `${by}; the tool does not have the project`;
  return standing === 'unconfirmed' ? `${by}, once the tool was asked for the project` : by;
}

async function relinkProjects(context: PluginContext): Promise<CommandResult> {
  const { made, refused } = await relinkAll(context);
  const lines = [
    ...made.map((row) => `Linked project ${row.externalProjectId} to job ${row.jobId ?? 'none'} again as ${row.id}.`),
    ...refused.map(({ link: row, why }) => `Project ${row.external_project_id} could not be linked again: ${why}.`),
  ];
  const text = lines.length > 0 ? lines.join('\n') : 'Every project is linked: there is nothing to link again.';
  return { text, json: { made, refused: refused.map(({ link: { id }, why }) => ({ id, why })) } };
}

async function link(context: PluginContext, projectId: string, jobId: string, unit: string): Promise<CommandResult> {
  const labelUnit = labelUnits.find((known) => known === unit) ?? 'annotations';
  const created = await linkProject(context, { projectId, jobId, labelUnit });
  const text = `Linked project ${projectId} (${created.externalProjectName ?? 'no title'}) to job ${created.jobId ?? jobId} as ${created.id}. A running \`start\` now invites the trainers under contract; without one: opentrain-plugin reconcile`;
  return { text, json: created };
}

async function unlink(context: PluginContext, linkId: string): Promise<CommandResult> {
  await unlinkProject(context, linkId, 'command unlink');
  const grace = context.settings.linkRemovalGraceSeconds;
  return {
    text: `Removed ${linkId}. Access that depended on it ends in ${grace} s, unless the job is linked again.`,
    json: { linkId },
  };
}
