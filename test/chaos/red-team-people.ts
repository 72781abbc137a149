/** Who takes part in the red team's storm, and every key that they hold to an account of Label Studio. */
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { type Identity, LabelStudioSession } from '../support/label-studio-session.ts';

export const PASSWORD = 'seven purple lanterns';
export const STOLEN = 'the intruder knows this one';

/** Everything that opens one account: kept from the moment that it was made. */
export interface Keys {
  email: string;
  password: string;
  session: Identity;
  /** null where the account had one before, which its holder was shown once. */
  personalToken: string | null;
  legacyToken: string | null;
}

export interface Person {
  email: string;
  contractId: string;
  session: LabelStudioSession;
  id: number;
  /** As they were when the account was new. */
  keys: Keys;
}

/** Hires somebody under this name: they have a mail, and no account. */
export function hire(world: World, jobId: string, name: string): { email: string; contractId: string } {
  const { control } = world.sandbox;
  const email = `${name}@opentrain.work`;
  const { opentrainUserId: trainerId } = control.createTrainer({ displayName: name, workEmail: email });
  return { email, contractId: control.hire({ jobId, trainerId }).id };
}

/** Opens the link from the mail and signs in. Throws when either does not work. */
export async function accept({ mailbox, pluginUrl, tool }: World, email: string): Promise<LabelStudioSession> {
  const page = await submitForm(linkIn(await mailbox.mailTo(email), pluginUrl), { password: PASSWORD });
  if (page.status !== 200) throw new Error(`${email} could not accept: ${page.text.slice(0, 300)}`);
  return LabelStudioSession.mustSignIn(tool.baseUrl, email, PASSWORD);
}

/** Hires somebody, who accepts and makes every key that there is. */
export async function join(world: World, jobId: string, name: string): Promise<Person> {
  const { email, contractId } = hire(world, jobId, name);
  const session = await accept(world, email);
  const keys = await keysOf(session, email, PASSWORD);
  return { email, contractId, session, id: (await session.whoami())?.id ?? 0, keys };
}

/** Makes and reads every key to the account of this session. */
export async function keysOf(session: LabelStudioSession, email: string, password: string): Promise<Keys> {
  const personalToken = await session.personalToken().catch(() => null);
  const legacyToken = await session.legacyToken().catch(() => null);
  return { email, password, session: session.identity, personalToken, legacyToken };
}

/** Which of these keys open an account at this moment, and whose: "session of ann@opentrain.work". */
export async function openKeys(baseUrl: string, keys: Keys): Promise<string[]> {
  const { email, password, session, personalToken, legacyToken } = keys;
  const open: string[] = [];
  const look = async (kind: string, identity: Identity): Promise<void> => {
    const answer = await new LabelStudioSession(baseUrl, identity).whoami();
    if (answer) open.push(`${kind} of ${answer.email}`);
  };
  if (await LabelStudioSession.signIn(baseUrl, email, password)) open.push(`password of ${email}`);
  await look('session', session);
  if (legacyToken) await look('legacy token', { Authorization: `Token ${legacyToken}` });
  const access = personalToken ? await new LabelStudioSession(baseUrl, {}).refresh(personalToken) : null;
  if (access) open.push(`personal token of ${email}`);
  return open;
}
