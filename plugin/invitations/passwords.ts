/** Which passwords our pages accept. Tools check little more than the length. */

export const SHORTEST_PASSWORD = 8;
/** The most that every tool takes. */
export const LONGEST_PASSWORD = 128;
const FEWEST_DIFFERENT_CHARACTERS = 4;

/** From public lists of the most used passwords: those that the rules below would let through. */
const COMMON = new Set(
  `password password1 password12 password123 password1234 passw0rd p@ssword p@ssw0rd pass1234 passwort letmein1 letmein123
   welcome1 welcome12 welcome123 qwertyuiop qwerty123 qwerty1234 qwerty12 1q2w3e4r 1q2w3e4r5t 1qaz2wsx zaq12wsx qazwsxedc asdfghjkl
   zxcvbnm1 zxcvbnm123 iloveyou iloveyou1 iloveyou123 sunshine sunshine1 princess princess1 football football1 baseball
   baseball1 superman superman1 batman123 trustno1 starwars starwars1 whatever whatever1 michael1 jennifer jordan23 charlie1
   michelle computer computer1 internet internet1 samsung1 samsung123 changeme changeme1 changeme123 admin123 admin1234 administrator
   abcd1234 abc12345 abc123456 a1b2c3d4 aa123456 test1234 testtest testing123 monkey123 dragon123 master123 shadow123
   hello123 hello1234 killer123 pokemon1 pokemon123 freedom1 secret123 secret1234 google123 opentrain opentrain1 opentrain123
   11223344 12341234 123123123 147258369 159753456 741852963 987654321 1234567890 0987654321 87654321 12344321 q1w2e3r4 asdf1234
   qwer1234 zxcv1234 liverpool liverpool1 chocolate butterfly spiderman metallica elephant mercedes blink182 corvette
   maverick marlboro victoria jonathan patricia garfield alexander elizabeth nicholas benjamin christian trainer1 trainer123
   annotator labeling labelling`
    .split(/\s+/)
    .filter(Boolean),
);

const SEQUENCES = ['0123456789012345678901234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm'];

/** What is wrong with this password, as a sentence for the trainer; null when it will do. */
export function passwordProblem(password: string, workEmail: string): string | null {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD) return `Use at least ${SHORTEST_PASSWORD} characters.`;
  if (length > LONGEST_PASSWORD) return `Use at most ${LONGEST_PASSWORD} characters.`;
  const plain = password.toLowerCase();
  const [name = ''] = workEmail.toLowerCase().split('@');
  if (plain === workEmail.toLowerCase() || plain === name || (name.length >= 4 && plain.startsWith(name))) {
    return 'Do not use your e-mail address: it is the first thing that somebody else would try.';
  }
  if (COMMON.has(plain) || isSequence(plain) || new Set(plain).size < FEWEST_DIFFERENT_CHARACTERS) {
    return 'This password is too easy to guess. Three or four words that do not belong together make a good one.';
  }
  return null;
}

function isSequence(plain: string): boolean {
  const reversed = [...plain].reverse().join('');
  return SEQUENCES.some((sequence) => sequence.includes(plain) || sequence.includes(reversed));
}
