import { expect } from 'chai';
import { AdminError } from '../../../plugin/errors.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { readSettingsText } from '../../../plugin/settings/settings-file.ts';

const required = { TOOL_BASE_URL: 'http://127.0.0.1:8080', TOOL_API_TOKEN: 'a-token-of-the-tool' };
const withSender = { MAIL_FROM: 'labels@example.com' };

interface Row {
  name: string;
  value: string;
  /** What the refusal says, in order: what is wrong, and the remedy. */
  says: [what: string, remedy: string];
  /** Parts of the value that must not be printed. */
  hides?: string[];
}

const row = (name: string, value: string, what: string, remedy: string, ...hides: string[]): Row => ({
  name,
  value,
  says: [what, remedy],
  hides,
});

const rows: Row[] = [
  row('OPENTRAIN_BASE_URL', 'app.opentrain.ai', 'no scheme', 'https://app.opentrain.ai'),
  row('OPENTRAIN_BASE_URL', 'ftp://opentrain.example', 'not an http(s) URL', 'https://app.opentrain.ai'),
  row('OPENTRAIN_BASE_URL', 'http://app.opentrain.ai', 'unencrypted', 'https://'),
  row(
    'OPENTRAIN_BASE_URL',
    'https://admin:hunter22@app.opentrain.ai',
    'user or password',
    'leave them out',
    'hunter22',
  ),
  row('OPENTRAIN_BASE_URL', 'https://app.opentrain.ai/?key=hunter22', 'query', 'end it before that', 'hunter22'),
  row('OPENTRAIN_BASE_URL', 'https://app.opentrain.ai:port', 'not an http(s) URL', 'https://app.opentrain.ai'),
  row('OPENTRAIN_PARTNER_TOKEN', 'whsec_hunter22', 'webhook secret', 'ot_ptk_', 'hunter22'),
  row('OPENTRAIN_PARTNER_TOKEN', 'ptnapp_hunter22', 'client id', 'ot_ptk_', 'hunter22'),
  row('OPENTRAIN_PARTNER_TOKEN', 'Bearer ot_ptk_hunter22', 'Authorization header', 'consent screen', 'hunter22'),
  row('OPENTRAIN_PARTNER_TOKEN', 'ot_ptk_hunter22 ot_ptk_x', 'blanks', 'consent screen', 'hunter22'),
  row('OPENTRAIN_PARTNER_TOKEN', 'ot_ptk_…', 'example', 'in its place'),
  row('OPENTRAIN_WEBHOOK_SECRET', 'ot_ptk_hunter22', 'partner token', 'whsec_', 'hunter22'),
  row('OPENTRAIN_APP_SLUG', 'https://app.opentrain.ai/integrations/x', 'not a slug', 'consent link'),
  row('OPENTRAIN_APP_SLUG', 'My Platform', 'not a slug', 'hyphens'),
  row('OIDC_ISSUER', 'http://accounts.example.com', 'unencrypted', 'https://'),
  row('OIDC_ADMINS', 'ada@example.com, leads', 'neither a mail address nor claim=value', 'groups=leads'),
  row('TOOL_BASE_URL', 'label.example.com:8080', 'no scheme', 'http://127.0.0.1:8080'),
  row('TOOL_BASE_URL', 'http://label_studio:8080', 'underscore', 'Django'),
  row('TOOL_BASE_URL', 'http://admin:hunter22@label.example.com', 'user or password', 'leave them out', 'hunter22'),
  row('TOOL_BASE_URL', 'http://hunter22@label.example.com', 'user or password', 'leave them out', 'hunter22'),
  row('TOOL_BASE_URL', 'http://label.example.com/#/projects', 'fragment', 'end it before that'),
  row('TOOL_BASE_URL', 'http://label example.com', 'not an http(s) URL', 'http://127.0.0.1:8080'),
  row('TOOL_API_TOKEN', 'Token hunter22hunter22', 'Authorization header', 'token alone', 'hunter22'),
  row('TOOL_API_TOKEN', 'ot_ptk_hunter22', "OpenTrain's token", 'token alone', 'hunter22'),
  row('TOOL_API_TOKEN', 'hünter22', 'no token has', 'token alone', 'hünter22'),
  row('TOOL_PUBLIC_URL', 'https://0.0.0.0:8080', 'listen on', 'https://label.example.com'),
  row('TOOL_PUBLIC_URL', 'https://label_1.example.com', 'underscore', 'without it'),
  row('TOOL_DATABASE_URL', 'mysql://label:hunter22@db/label', 'MySQL', 'take the setting away', 'hunter22'),
  row('TOOL_DATABASE_URL', 'postgresql+psycopg2://label:hunter22@db/label', 'Python', 'postgres://', 'hunter22'),
  row('TOOL_DATABASE_URL', 'jdbc:postgresql://db/label?password=hunter22', 'JDBC', 'jdbc:', 'hunter22'),
  row('TOOL_DATABASE_URL', '/var/lib/label-studio.sqlite3', 'is a path', 'sqlite:'),
  row('TOOL_DATABASE_URL', 'sqlite3:/var/lib/label-studio.sqlite3', 'scheme', 'sqlite:'),
  row('TOOL_DATABASE_URL', 'sqlite:/var/lib/ls.sqlite3?mode=ro', 'options', 'path alone'),
  row('TOOL_DATABASE_URL', 'sqlite:/var/lib/label-studio/', 'folder', 'path of the file'),
  row('TOOL_DATABASE_URL', 'postgres://u:hunter22@h1:5432,h2:5432/db', 'host or port', 'postgres://', 'hunter22'),
  row('DATABASE_URL', 'mysql://plugin:hunter22@host/db', 'MySQL', 'SQLite or PostgreSQL', 'hunter22'),
  row('DATABASE_URL', 'mongodb://plugin:hunter22@host/db', 'not supported', 'postgres://', 'hunter22'),
  row('DATABASE_URL', 'plugin.sqlite3', 'neither', 'sqlite:'),
  row('DATABASE_URL', 'sqlite:', 'names no file', 'sqlite:/path'),
  row('DATABASE_URL', 'sqlite::memory:', 'keeps nothing', 'sqlite:/path'),
  row('DATABASE_URL', 'postgres://plugin:hunter22@/plugin', 'names no host', 'postgres://', 'hunter22'),
  row('DATABASE_URL', 'postgres://plugin:hunter22@host/plugin#1', '#', 'percent-encode', 'hunter22'),
  row('DATABASE_URL', 'postgres://plugin:hunter22@x/y@host/plugin', 'two ways', '%2F', 'hunter22'),
  row('DATABASE_URL', 'postgres://plugin:5432/hunter22@host/plugin', 'two ways', '%2F', 'hunter22'),
  row('DATABASE_URL', 'postgres://plugin:hunter22@host:65536/plugin', 'host or port', 'postgres://', 'hunter22'),
  row('DATABASE_URL', 'postgres://plugin:hunter22@my host/plugin', 'host or port', 'postgres://', 'hunter22'),
  row('PLUGIN_PUBLIC_URL', 'https://opentrain.example.com/?a=1', 'query', 'https://opentrain.example.com'),
  row('PLUGIN_PUBLIC_URL', 'https://opentrain.example.com/#top', 'fragment', 'https://opentrain.example.com'),
  row('PLUGIN_PUBLIC_URL', 'https://me:hunter22@opentrain.example.com', 'user or password', 'leave them', 'hunter22'),
  row('PLUGIN_PUBLIC_URL', 'http://0.0.0.0:8790', 'listen on', 'https://opentrain.example.com'),
  row('PLUGIN_PUBLIC_URL', 'https://open_train.example.com', 'underscore', 'without it'),
  row('PLUGIN_PUBLIC_URL', 'opentrain.example.com', 'no scheme', 'https://opentrain.example.com'),
  row('PLUGIN_PUBLIC_URL', required.TOOL_BASE_URL, "tool's address", 'of its own'),
  row('PLUGIN_HOST', 'http://0.0.0.0', 'is a URL', 'PLUGIN_PORT'),
  row('PLUGIN_HOST', '0.0.0.0:8790', 'has a port', 'PLUGIN_PORT'),
  row('PLUGIN_HOST', 'all interfaces', 'not an address', '0.0.0.0'),
  row('PLUGIN_PORT', 'eighty', 'whole number', '8790'),
  row('PLUGIN_PORT', '65536', 'whole number', '8790'),
  row('PLUGIN_PORT', '8790/tcp', 'whole number', '8790'),
  row('PLUGIN_TRUSTED_PROXIES', '10.0.0.0/33', 'number of proxies', 'loopback'),
  row('PLUGIN_TRUSTED_PROXIES', 'nginx', 'number of proxies', 'loopback'),
  row('PLUGIN_TRUSTED_PROXIES', '*', 'number of proxies', 'loopback'),
  row('PLUGIN_TRUSTED_PROXIES', '99', 'more than 20', '(1)'),
  row('PLUGIN_TRUSTED_PROXIES', '10.0.0.1:443', 'number of proxies', 'loopback'),
  row('PLUGIN_HSTS', 'yes', 'none of its choices', 'off or on'),
  row('ACCESS_POLICY', 'delete-all', 'none of its choices', 'sync, grant-only or observe'),
  row('LINK_REMOVAL_GRACE', '-1', 'whole number', '600'),
  row('LINK_REMOVAL_GRACE', '10m', 'whole number', '600'),
  row('SMTP_URL', 'user:hunter22@smtp.example.com', 'no scheme', 'smtps://', 'hunter22'),
  row('SMTP_URL', 'smtp.example.com:587', 'no scheme', 'smtps://'),
  row('SMTP_URL', 'https://user:hunter22@smtp.example.com', 'neither smtp', 'smtps://', 'hunter22'),
  row('SMTP_URL', 'smtp://user:hunter22@smtp.example.com:465', 'port 465', 'smtps://', 'hunter22'),
  row('SMTP_URL', 'smtps://user:hunter22@smtp.example.com:587', 'port 587', 'smtp://', 'hunter22'),
  row('SMTP_URL', 'smtps://hunter22@smtp.example.com', 'without a password', 'smtps://', 'hunter22@'),
  row('SMTP_URL', 'smtp://AKIA:587/hunter22@email.example.com', 'two ways', '%2F', 'hunter22', 'AKIA'),
  row('SMTP_URL', 'smtp://user:hunter22@smtp.example.com/inbox', 'path after the host', '%2F', 'hunter22'),
  row('SMTP_URL', 'smtp://user:hunter22@smtp.example.com:smtp', 'host or port', 'smtps://', 'hunter22'),
  row('SMTP_URL', 'smtp://user:hunter22@smtp.example.com#x', '# after the host', '%23', 'hunter22'),
  row('SMTP_URL', 'smtp://', 'names no host', 'smtps://'),
  row('ALERT_WEBHOOK_URL', 'hooks.slack.com/x', 'not an http(s) URL', 'whole address'),
  row('MAIL_LANGUAGE', 'fr', 'none of its choices', 'en or de'),
  row('BRAND_COLOR', 'blue', 'not a colour', '#1f5eff'),
  row('BRAND_COLOR', '#ffe600', 'too light', 'darker'),
  row('MAIL_FROM', 'Labelling team', 'not a mail address', 'labels@example.com'),
  row('MAIL_FROM', 'labels at example.com', 'not a mail address', 'labels@example.com'),
  row('MAIL_FROM', 'Labels, Inc. <labels@example.com>', 'comma', 'double quotes'),
  row('MAIL_FROM', 'a@example.com\nBcc: b@example.com', 'more than one line', 'labels@example.com'),
  row('REPORT_TO', 'ops@example.com; lead@example.com', 'semicolon', 'commas'),
  row('REPORT_TO', 'ops@example.com, lead', 'not a mail address', 'ops@example.com'),
  row('REPORT_SCHEDULE', 'every night', 'cron', '30 3 * * *'),
  row('REPORT_SCHEDULE', '61 3 * * *', 'cron', '30 3 * * *'),
  row('USAGE_TIMEZONE', 'Mars/Olympus', 'time zone', 'Europe/Berlin'),
  row('USAGE_TIMEZONE', '+02:00', 'time zone', 'Europe/Berlin'),
  row('USAGE_TIMEZONE', 'MESZ', 'time zone', 'Europe/Berlin'),
  row('USAGE_MAX_SECONDS_PER_ANNOTATION', '0', 'whole number', '3600'),
  row('USAGE_MAX_SECONDS_PER_ANNOTATION', '1.5', 'whole number', '3600'),
  row('USAGE_COUNT_BULK', 'yes', 'none of its choices', 'off or on'),
  row('HTTPS_PROXY', 'socks5://proxy.example.com:1080', 'not an http(s) proxy', 'http://proxy.example.com:3128'),
  row('HTTPS_PROXY', 'http://me:hunter22@proxy example', 'host or port', 'http://proxy.example.com:3128', 'hunter22'),
  row('LOG_LEVEL', 'verbose', 'none of its choices', 'info'),
];

/** The refusal of these settings. */
function refusal(environment: Record<string, string>): AdminError {
  try {
    loadSettings({ environment });
  } catch (error) {
    if (error instanceof AdminError) return error;
    throw error;
  }
  throw new Error('they were not refused');
}

describe('a setting that cannot work', () => {
  it('is tried in at least 60 ways', () => {
    expect(rows.length).to.be.at.least(60);
  });

  for (const { name, value, says, hides = [] } of rows) {
    it(`${name}=${JSON.stringify(value)} is refused with its name and a remedy`, () => {
      const error = refusal({ ...required, ...withSender, [name]: value });
      const printed = `${error.message} ${error.remedy}`;
      const [, mine = ''] = new RegExp(`: (${name} .*?)(; [A-Z_]+ |$)`, 's').exec(error.message) ?? [];
      expect(mine, printed).to.include(says[0]);
      expect(mine, printed).to.include(says[1]);
      expect(printed).not.to.include('\n');
      for (const secret of hides) expect(printed).not.to.include(secret);
    });
  }

  it('is listed with every other one', () => {
    const { message } = refusal({ TOOL_BASE_URL: 'x', PLUGIN_PORT: 'y', LOG_LEVEL: 'z' });
    for (const name of ['TOOL_BASE_URL', 'TOOL_API_TOKEN', 'PLUGIN_PORT', 'LOG_LEVEL']) {
      expect(message).to.include(name);
    }
  });

  it('in a settings file is told by its line, without its text', () => {
    const read = () => readSettingsText('# ours\nTOOL_API_TOKEN hunter22\n', '/etc/x.env');
    expect(read).to.throw(AdminError, /Line 2 .*\/etc\/x\.env/);
    expect(read).not.to.throw(/hunter22/);
  });
});
