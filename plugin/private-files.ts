/** Files of ours belong to one user, who alone may read them: they are made so, and tightened where they were left open. */
import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** What group and others may do. */
const OTHERS = 0o077;

/** Makes a folder, and those above it that are missing, with mode 0700. An existing folder is left as it is. */
export function makePrivateFolder(folder: string): void {
  if (existsSync(folder)) return;
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
  giveToOwnerOf(dirname(folder), folder);
}

/** Makes an empty file with mode 0600. An existing file is left as it is. */
export function makePrivateFile(file: string): void {
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', OWNER_ONLY_FILE));
  giveToOwnerOf(dirname(file), file);
}

/** Replaces a file's text at once (mode 0600): a reader sees the old text or the new one. The owner stays who it was. */
export function writePrivateFile(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  const handle = openSync(draft, 'w', OWNER_ONLY_FILE);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  giveToOwnerOf(existsSync(file) ? file : dirname(file), draft);
  renameSync(draft, file);
}

/** Takes away what group and others may do with these files and folders. Returns those that were too open. */
export function tighten(paths: readonly string[]): string[] {
  if (process.platform === 'win32') return [];
  return paths.filter((path) => {
    if (!existsSync(path)) return false;
    const { mode } = statSync(path);
    if ((mode & OTHERS) === 0) return false;
    try {
      chmodSync(path, mode & 0o777 & ~OTHERS);
      return true;
    } catch {
      // Only the owner can change a mode; `accessProblem` says whose file it is when it cannot be used.
      return false;
    }
  });
}

/**
 * Why this process cannot read and write a file that exists, with the command that changes it; null when it can. Sentences for
 * an admin, who often ran `setup` as root for a service of another user.
 */
export function accessProblem(file: string): { what: string; remedy: string } | null {
  if (!existsSync(file)) return null;
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return null;
  } catch {
    const owner = ownerOf(file);
    const me = userName(process.getuid?.() ?? -1);
    return {
      what: `${file} belongs to ${owner}, and this command runs as ${me}`,
      remedy: `Run it as ${owner} (sudo -u ${owner} …), or give the file away: sudo chown ${me} ${file}.`,
    };
  }
}

/** The name of the user whom a file belongs to. */
export function ownerOf(file: string): string {
  return userName(statSync(file).uid);
}

/** What root makes belongs to whom the folder (or the file before it) belongs to, so that the service can read it. */
export function giveToOwnerOf(model: string, made: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  if (uid !== 0) chownSync(made, uid, gid);
}

function userName(uid: number): string {
  if (uid === process.getuid?.()) return userInfo().username;
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid));
    return line?.split(':')[0] ?? `user ${uid}`;
  } catch {
    return `user ${uid}`;
  }
}
