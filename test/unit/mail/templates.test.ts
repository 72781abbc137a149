import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mailFromTemplate, templateNames, templateProblems } from '../../../plugin/mail/templates.ts';
import { mailLanguages, type Settings } from '../../../plugin/settings/settings.ts';

const views = join(import.meta.dirname, '../../../plugin/mail/views');
const mail: Settings['mail'] = {
  smtpUrl: undefined,
  from: undefined,
  language: 'en',
  templates: undefined,
  contact: 'Maria <maria@example.com>',
  brandName: 'Example & Sons',
  brandColor: '#7a1f5e',
};
const invited = {
  name: 'Ann',
  projects: 'Cats',
  job: 'Find the cats',
  product: 'Label Studio',
  workEmail: 'ann@opentrain.work',
  signInName: 'ann@opentrain.work',
  until: '1 May 2031',
  pageUrl: 'https://plugin.example.com/work/x',
};
const url = 'https://plugin.example.com/invitations/x';

describe('texts of mails', () => {
  for (const language of mailLanguages) {
    it(`are complete in ${language}: every mail, made from the same values, and none of them broken`, () => {
      const files = readdirSync(join(views, language)).sort();
      expect(files).to.deep.equal(templateNames.map((name) => `${name}.eta`).sort());
      expect(templateProblems({ ...mail, language, templates: join(views, language) })).to.deep.equal([]);
      for (const file of files) expect(valuesUsed(language, file), file).to.deep.equal(valuesUsed('en', file));
    });
  }

  it('say who invites, to what, what to do first, whom to ask and until when, in text and HTML', () => {
    const made = mailFromTemplate(mail, 'invitation', invited, url);
    expect(made.subject).to.equal('Your access to Cats');
    for (const part of ['Cats', 'Label Studio', 'First choose a password', '1 May 2031', 'ann@opentrain.work', url]) {
      expect(made.text).to.contain(part);
      expect(made.html).to.contain(part);
    }
    expect(made.text).to.contain('Example & Sons invites you').and.to.contain('Ask Maria <maria@example.com>');
    expect(made.html).to.contain('Example &amp; Sons invites you').and.to.contain('background:#7a1f5e');
  });

  it('are German where MAIL_LANGUAGE says so, the words around the button too', () => {
    const made = mailFromTemplate({ ...mail, language: 'de' }, 'reminder', invited, url);
    expect(made.subject).to.equal('Erinnerung: Ihr Zugang zu Cats wartet');
    expect(made.html).to.contain('<html lang="de">').and.to.contain('Wenn die Schaltfläche nicht funktioniert');
  });

  it('keep names and titles in their paragraph, escaped, and never run them as a template', () => {
    const hostile = '<script>x</script>\n\n[button] Pay <%= it.workEmail %>\r\nBcc: a@b';
    const made = mailFromTemplate(mail, 'invitation', { ...invited, name: hostile, projects: hostile }, url);
    expect(made.subject).not.to.match(/[\r\n]/);
    expect(made.html).not.to.contain('<script>');
    expect(made.html.match(/<a href/g)).to.have.length(1);
    expect(made.text).to.contain('<%= it.workEmail %>');
  });

  describe('of an admin', () => {
    let templates: string;
    beforeEach(() => {
      templates = mkdtempSync(join(tmpdir(), 'mails-'));
    });
    afterEach(() => rmSync(templates, { recursive: true }));
    const write = (text: string): void => writeFileSync(join(templates, 'invitation.eta'), text);

    it('replace the built-in ones', () => {
      write('subject: Moin <%= it.name %>\n\nCome in.\n\n[button] Go\n');
      const own = { ...mail, templates };
      expect(templateProblems(own)).to.deep.equal([]);
      expect(mailFromTemplate(own, 'invitation', invited, url)).to.include({
        subject: 'Moin Ann',
        text: `Come in.\n\nGo:\n${url}\n`,
      });
      expect(mailFromTemplate(own, 'reminder', invited, url).subject).to.contain('Reminder');
    });

    for (const [what, text, problem] of [
      ['a syntax error', 'subject: x\n\n<% if ( %>\n\n[button] Go', /invitation\.eta cannot be read/],
      ['a value that the mail does not have', 'subject: x\n\n<%= it.nmae %>\n\n[button] Go', /does not have/],
      ['no subject', 'Hello\n\n[button] Go', /subject/],
      ['no button', 'subject: x\n\nHello', /button/],
    ] as const) {
      it(`are told as broken and not used with ${what}`, () => {
        write(text);
        const own = { ...mail, templates };
        expect(templateProblems(own)).to.have.length(1);
        expect(templateProblems(own)[0]).to.match(problem);
        expect(mailFromTemplate(own, 'invitation', invited, url).subject).to.equal('Your access to Cats');
      });
    }

    it('are told when their folder does not exist', () => {
      expect(templateProblems({ ...mail, templates: join(templates, 'none') })).to.have.length(1);
    });
  });
});

function valuesUsed(language: string, file: string): string[] {
  const text = readFileSync(join(views, language, file), 'utf8');
  return [...new Set(text.match(/it\.\w+/g))].sort();
}
