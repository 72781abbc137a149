/** Who takes part in the red team's storm, and every key that they hold to an account of Label Studio. */
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
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
  const [personalToken, legacyToken] = await Promise.all([
    session.personalToken().catch(() => null),
    session.legacyToken().catch(() => null),
  ]);
  return { email, password, session: session.identity, personalToken, legacyToken };
}

/** Which of these keys open an account at this moment, and whose: "session of ann@opentrain.work"; with the password, unless told. */
export async function openKeys(baseUrl: string, keys: Keys, withPassword = true): Promise<string[]> {
  const { email, password, session, personalToken, legacyToken } = keys;
  const look = async (kind: string, identity: Identity): Promise<string[]> => {
    const answer = await new LabelStudioSession(baseUrl, identity).whoami();
    return answer ? [`${kind} of ${answer.email}`] : [];
  };
  const signIn = async (): Promise<string[]> =>
    (await LabelStudioSession.signIn(baseUrl, email, password)) ? [`password of ${email}`] : [];
  const refresh = async (token: string): Promise<string[]> =>
    (await new LabelStudioSession(baseUrl, {}).refresh(token)) ? [`personal token of ${email}`] : [];
  const open = [
    withPassword ? signIn() : [],
    look('session', session),
    legacyToken ? look('legacy token', { Authorization: `Token ${legacyToken}` }) : [],
    personalToken ? refresh(personalToken) : [],
  ];
  return (await Promise.all(open)).flat();
}

/** Waits until none of these keys opens anything; false when one still does after that long. To sign in is asked last: it is slow. */
export async function endsFor(baseUrl: string, rings: readonly Keys[], patienceMs: number): Promise<boolean> {
  const isOut = async (): Promise<boolean> => {
    for (const { session } of rings) if (await new LabelStudioSession(baseUrl, session).whoami()) return false;
    const signsIn = new Set(rings.map(({ email, password }) => `${email} ${password}`));
    const looks = rings.map((ring) => openKeys(baseUrl, ring, signsIn.delete(`${ring.email} ${ring.password}`)));
    return (await Promise.all(looks)).flat().length === 0;
  };
  return waitFor('every key to be dead', isOut, patienceMs).catch(() => false);
}
