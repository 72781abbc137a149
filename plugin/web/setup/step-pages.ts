/** One page a step: its questions with what is known, what the last check saw, and what helps to answer. */
import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { AdminError, messageOf } from '../../errors.ts';
import { manifest, type SettingDeclaration } from '../../settings/manifest.ts';
import { questionsOf, type Step, type StepResult, steps } from '../../setup/steps.ts';
import { type DatabaseRole, databaseRole, tokenHelp } from '../../setup/suggestions.ts';
import { queryText } from '../console/paging.ts';
import { field, pathPart } from '../forms.ts';
import { problemPage } from '../problems.ts';
import type { Views } from '../render.ts';
import type { SetupParts } from './app.ts';
import { labelOf } from './labels.ts';
import type { SetupSession } from './session.ts';

const FORM = 'setup';
/** The server that shows these pages listens already. */
const NOT_ASKED = ['PLUGIN_HOST', 'PLUGIN_PORT'];

interface Field {
  name: string;
  label: string;
  help: string;
  kind: 'text' | 'password' | 'select';
  /** What stands in the field; never a kept secret. */
  value: string;
  hint: string;
  choices: { value: string; title: string }[];
  isRequired: boolean;
}

export function stepPages(parts: SetupParts, views: Views, session: SetupSession): Router {
  const router = Router();
  const trials = new Map<string, StepResult>();
  const consent = new ConsentStates(session);
  router.get('/setup/steps/:step', async (request, response, next) => {
    const step = stepOf(request);
    if (!step) return next();
    await showStep({ parts, views, session, consent }, step, request, response, trials.get(step.name));
  });
  router.post('/setup/steps/:step', async (request, response, next) => {
    const step = stepOf(request);
    if (!step) return next();
    const names = step.settings.filter((name) => !NOT_ASKED.includes(name));
    const result = await parts.progress.answer(step, new Map(names.map((name) => [name, field(request, name)])));
    const tried = result.ok ? await tryOut(parts, step, field(request, 'trial').trim()) : undefined;
    if (tried) trials.set(step.name, tried);
    else trials.delete(step.name);
    const stays = !result.ok || tried !== undefined || field(request, 'next') === 'stay';
    response.redirect(303, stays ? `/setup/steps/${step.name}#result` : after(step));
  });
  router.post('/setup/keep/:step', (request, response, next) => {
    const step = stepOf(request);
    if (!step) return next();
    response.redirect(303, parts.progress.keep(step) ? after(step) : `/setup/steps/${step.name}#result`);
  });
  router.get('/connect/callback', (request, response) => {
    if (consent.take(queryText(request, 'state'))) {
      const install = encodeURIComponent(queryText(request, 'opentrain_install_id'));
      return response.redirect(302, `/setup/steps/connection?approved=${install}`);
    }
    problemPage(views, response, 400, {
      title: 'Not a return that we wait for',
      message: 'This return from OpenTrain does not belong to a request of this set-up, or it was used before.',
      remedy: 'If you have just approved the connection, go back to the set-up and paste the token there.',
    });
  });
  return router;
}

/** The state that OpenTrain's consent screen echoes: signed, and taken once. The last one given is the one that counts. */
class ConsentStates {
  readonly #session: SetupSession;
  #open: string | null = null;

  constructor(session: SetupSession) {
    this.#session = session;
  }

  make(): string {
    const nonce = randomBytes(16).toString('base64url');
    this.#open = `${nonce}.${this.#session.formToken(`connect ${nonce}`)}`;
    return this.#open;
  }

  take(state: string): boolean {
    const separator = state.indexOf('.');
    const nonce = state.slice(0, separator);
    const isOurs = this.#session.isToken(`connect ${nonce}`, state.slice(separator + 1)) && state === this.#open;
    if (isOurs) this.#open = null;
    return isOurs;
  }
}

async function tryOut({ progress }: SetupParts, { trial }: Step, answer: string): Promise<StepResult | undefined> {
  if (!trial || answer === '') return undefined;
  try {
    return { ok: true, found: await trial.run(progress.answers, answer), notes: [] };
  } catch (error) {
    return { ok: false, problem: messageOf(error), remedy: error instanceof AdminError ? error.remedy : 'Try again.' };
  }
}

function stepOf(request: Request): Step | undefined {
  const name = pathPart(request, 'step');
  return steps.find((step) => step.name === name);
}

function after(step: Step): string {
  const next = steps[steps.indexOf(step) + 1];
  return next ? `/setup/steps/${next.name}` : '/setup/finish';
}

interface Shown {
  parts: SetupParts;
  views: Views;
  session: SetupSession;
  consent: ConsentStates;
}

async function showStep(
  shown: Shown,
  step: Step,
  request: Request,
  response: Response,
  tried?: StepResult,
): Promise<void> {
  const { parts, views, session } = shown;
  const { progress } = parts;
  const suggested = (await step.suggest?.(progress.answers, parts.environment)) ?? new Map<string, string>();
  const won = progress.wonElsewhere(step);
  const asked = questionsOf(step).filter(({ name }) => !NOT_ASKED.includes(name));
  views.page(response, 'setup/step', {
    steps: steps.map((one) => ({ ...one, isDone: progress.isDone(one), isCurrent: one === step })),
    number: steps.indexOf(step) + 1,
    step,
    before: steps[steps.indexOf(step) - 1] ?? null,
    fields: asked.filter(({ name }) => !won.includes(name)).map((question) => fieldOf(parts, question, suggested)),
    won,
    found: [...suggested].filter(([name]) => !progress.answers.has(name)).map(([, value]) => withoutPassword(value)),
    result: progress.resultOf(step) ?? null,
    tried: tried ?? null,
    formToken: session.formToken(FORM),
    approved: queryText(request, 'approved') || null,
    ...(await helpOf(shown, step)),
  });
}

function withoutPassword(value: string): string {
  return value.replace(/:[^:@/]*@/, ':…@');
}

function fieldOf(
  { progress, publicUrl }: SetupParts,
  question: SettingDeclaration,
  suggested: Map<string, string>,
): Field {
  const { name, help, secret, example, default: fallback, required } = question;
  const known = progress.answers.get(name);
  const guess = known === undefined ? suggested.get(name) : undefined;
  const choices = choicesOf(question);
  const value = known ?? guess ?? fallback ?? (name === 'PLUGIN_PUBLIC_URL' ? publicUrl : '');
  const isHidden = secret && guess === undefined;
  return {
    name,
    label: labelOf(name),
    help,
    kind:
      choices.length > 0 && (value === '' || choices.some((choice) => choice.value === value))
        ? 'select'
        : isHidden
          ? 'password'
          : 'text',
    value: isHidden ? '' : value,
    hint:
      isHidden && known !== undefined
        ? 'Kept unless you type another; a single hyphen takes it away.'
        : example
          ? `For example ${example}`
          : '',
    choices,
    isRequired: required && !(isHidden && known !== undefined),
  };
}

function choicesOf({ name, choices = [] }: SettingDeclaration): Field['choices'] {
  if (name === 'TOOL_ADAPTER') return manifest.adapters.map(({ name: value, title }) => ({ value, title }));
  return choices.map((value) => ({ value, title: value }));
}

interface Help {
  app: { name: string; redirectUri: string; scopes: typeof manifest.scopes } | null;
  consentUrl: string | null;
  tokenHelp: string | null;
  role: DatabaseRole | null;
}

async function helpOf({ parts: { progress, publicUrl }, consent }: Shown, step: Step): Promise<Help> {
  const { answers } = progress;
  const none: Help = { app: null, consentUrl: null, tokenHelp: null, role: null };
  if (step.name === 'tool') return { ...none, tokenHelp: await tokenHelp(answers) };
  if (step.name === 'tool-database') return { ...none, role: await databaseRole(answers) };
  if (step.name !== 'connection') return none;
  const redirectUri = `${(answers.get('PLUGIN_PUBLIC_URL') ?? publicUrl).replace(/\/+$/, '')}/connect/callback`;
  return {
    ...none,
    app: { name: manifest.title, redirectUri, scopes: manifest.scopes },
    consentUrl: consentUrl(answers, redirectUri, consent),
  };
}

/** OpenTrain's consent screen (contract: "Consent deep link"); null while the app's slug is not known. */
function consentUrl(answers: ReadonlyMap<string, string>, redirectUri: string, consent: ConsentStates): string | null {
  const slug = answers.get('OPENTRAIN_APP_SLUG');
  const base =
    answers.get('OPENTRAIN_BASE_URL') ?? manifest.settings.find(({ name }) => name === 'OPENTRAIN_BASE_URL')?.default;
  if (!slug || !base || !URL.canParse(base)) return null;
  const url = new URL(`/integrations/${encodeURIComponent(slug)}/connect`, base);
  url.searchParams.set('redirect_uri', redirectUri);
  url.searchParams.set('state', consent.make());
  return url.href;
}
