/** What a systemd unit says that a start without systemd can do as well. */

export interface Unit {
  user: string;
  /** The words of ExecStart. */
  command: string[];
  /** WorkingDirectory. */
  directory: string;
  /** Those that systemd makes for the user, and the only ones that ProtectSystem=strict lets it write to: state, then cache. */
  folders: [string, string];
}

/** Throws when the unit lacks one of these, or does not make the rest of the system read-only. */
export function readUnit(text: string): Unit {
  const value = (name: string): string => {
    const found = new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1];
    if (!found) throw new Error(`the unit has no ${name}`);
    return found;
  };
  if (value('ProtectSystem') !== 'strict') throw new Error('the unit does not make the system read-only');
  return {
    user: value('User'),
    command: value('ExecStart').split(' '),
    directory: value('WorkingDirectory'),
    folders: [`/var/lib/${value('StateDirectory')}`, `/var/cache/${value('CacheDirectory')}`],
  };
}
