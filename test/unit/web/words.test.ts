import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { sayIn } from '../../../plugin/web/words.ts';
import { german } from '../../../plugin/web/words-de.ts';

const web = join(import.meta.dirname, '../../../plugin/web');
const files = [
  ...readdirSync(join(web, 'views'))
    .filter((name) => name.endsWith('.eta'))
    .map((name) => `views/${name}`),
  'views/partials/new-password.eta',
  ...readdirSync(web).filter((name) => name.endsWith('.ts') && !name.startsWith('words')),
  '../invitations/passwords.ts',
];
const sources = files.map((name) => readFileSync(join(web, name), 'utf8')).join('\n');
const said = [...sources.matchAll(/\bsay\(\s*'([^']+)'/g)].map(([, text = '']) => text);
const told = [...sources.matchAll(/\b(?:title|message|remedy):\s*'([^']+)'/g)].map(([, text = '']) => text);
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

/** Pages that are for people with a console, or for whoever copied an address badly. */
const onlyEnglish =
  /^(Nothing is here|This address leads nowhere|Check that the link was copied|This cannot be done here|Open the page|This could not be read|Something went wrong|This page failed|Try again in a few)/;

describe('the words of trainers’ pages', () => {
  it('are all there in German', () => {
    expect(said.length).to.be.greaterThan(30);
    expect([...said, ...told].filter((text) => !(text in german) && !onlyEnglish.test(text))).to.deep.equal([]);
  });

  it('have the same values in German', () => {
    for (const [english, text] of Object.entries(german))
      expect(placeholders(text), english).to.deep.equal(placeholders(english));
  });

  it('are filled in, and stay English where there is no translation', () => {
    expect(sayIn('de')('Hello {name},', { name: 'Ann' })).to.equal('Guten Tag Ann,');
    expect(sayIn('de')('Project {id} of {nobody}', { id: 7 })).to.equal('Project 7 of {nobody}');
    expect(sayIn('en')('Your work')).to.equal('Your work');
  });
});
