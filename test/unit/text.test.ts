import { expect } from 'chai';
import { renderMail } from '../../plugin/mail/mail-text.ts';
import { cut, oneLine } from '../../plugin/text/one-line.ts';
import { table } from '../../plugin/text/table.ts';
import { webAddress } from '../../plugin/text/web-address.ts';

const mailSettings = {
  smtpUrl: undefined,
  from: undefined,
  templates: undefined,
  contact: undefined,
  brandName: undefined,
  brandColor: '#1f5eff',
};

describe('text from outside', () => {
  it('stays on one line, whatever control characters it holds', () => {
    for (const hostile of ['Ann\r\nBcc: x@y', 'Ann\u001b[2J', 'Ann\u202Egnp.exe', 'Ann\u0000\u0007', 'Ann\u2028x']) {
      expect(oneLine(hostile)).to.match(/^Ann[\x20-\x7e]*$/);
    }
    expect(oneLine('  Zoë 李雷  ')).to.equal('Zoë 李雷');
  });

  it('cannot make a table wider than a screen, nor add a line to it', () => {
    const text = table(
      ['Name', 'Why'],
      [
        ['x'.repeat(5000), 'one\ntwo\u001b[31m'],
        ['y', 'z'],
      ],
    );
    expect(text.split('\n')).to.have.length(3);
    expect(Math.max(...text.split('\n').map((line) => line.length))).to.be.at.most(80);
    expect(cut('abcdef', 4)).to.equal('abc…');
  });

  it('cannot add a line to a mail, nor to its headers', () => {
    const mail = renderMail(
      {
        subject: 'Access to Cats\r\nBcc: everybody@example.com',
        before: ['Hello Ann\n\nYour account is closed, pay here: http://evil.example,'],
        button: { label: 'Go\n', url: 'https://plugin.example.com/' },
        after: [],
      },
      { ...mailSettings, language: 'en' },
    );
    expect(mail.subject).to.equal('Access to Cats Bcc: everybody@example.com');
    expect(mail.text.split('\n\n')).to.have.length(2);
  });

  it('is linked only when it is an address of the web', () => {
    expect(webAddress('https://tool.example.com/projects/1')).to.equal('https://tool.example.com/projects/1');
    for (const address of [
      'javascript:alert(1)',
      ' JaVaScript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '/x',
      '',
      null,
    ]) {
      expect(webAddress(address), String(address)).to.equal(null);
    }
  });
});
