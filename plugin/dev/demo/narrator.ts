/** Tells the story: what happens, what was checked, where to look. Plain lines, so that it reads the same in a file. */

export interface Narrator {
  /** A step of the story begins. */
  step(title: string): void;
  /** Something was looked at; throws when it is not as it must be, which ends the story. */
  check(what: string, holds: boolean): void;
  /** Where the reader can look. */
  look(where: string): void;
  /** What goes on meanwhile. */
  progress(line: string): void;
  /** How many checks held. */
  checked(): number;
}

/** A check of the story did not hold. */
export class StoryBroken extends Error {
  override name = 'StoryBroken';
}

/** A narrator that writes lines. */
export function createNarrator(write: (line: string) => void): Narrator {
  let steps = 0;
  let checks = 0;
  return {
    step(title) {
      steps += 1;
      write(`\n${steps}. ${title}`);
    },
    check(what, holds) {
      if (!holds) throw new StoryBroken(`Not as it must be: ${what}`);
      checks += 1;
      write(`   ✓ ${what}`);
    },
    look: (where) => write(`   → ${where}`),
    progress: (line) => write(`   · ${line}`),
    checked: () => checks,
  };
}
