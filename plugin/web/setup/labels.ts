/** What the fields of the set-up are called; the setting's own name stands beside it. */
const labels: Readonly<Record<string, string>> = {
  PLUGIN_PUBLIC_URL: 'Address of the plugin',
  OPENTRAIN_BASE_URL: 'Address of OpenTrain',
  OPENTRAIN_APP_SLUG: 'Slug of your platform app',
  OPENTRAIN_PARTNER_TOKEN: 'Token from OpenTrain',
  TOOL_ADAPTER: 'Which tool',
  TOOL_BASE_URL: 'Address of the tool, for the plugin',
  TOOL_API_TOKEN: 'API token of the tool’s owner',
  TOOL_PUBLIC_URL: 'Address of the tool, for people',
  TOOL_DATABASE_URL: 'Address of the tool’s database',
  SMTP_URL: 'Mail server',
  MAIL_FROM: 'Sender of all mail',
  REPORT_TO: 'Who gets the nightly report',
  USAGE_TIMEZONE: 'Time zone',
  REPORT_SCHEDULE: 'When the report is sent',
};

/** The label of a setting's field. */
export function labelOf(name: string): string {
  return labels[name] ?? name;
}
