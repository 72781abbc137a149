import { expect } from 'chai';
import { createFormat } from '../../plugin/text/format.ts';

const now = Date.parse('2031-07-04T12:00:00Z');
const format = createFormat('Europe/Berlin', () => new Date(now));

describe('what people read', () => {
  it('is a moment with its time zone, in summer and in winter', () => {
    expect(format.moment(now)).to.equal('4 Jul 2031, 14:00 CEST');
    expect(format.moment(Date.parse('2031-01-04T12:00:00Z'))).to.equal('4 Jan 2031, 13:00 CET');
  });

  it('is how long ago or until when, in the unit that fits', () => {
    expect(format.ago(now - 20_000)).to.equal('just now');
    expect(format.ago(now + 20_000)).to.equal('in under a minute');
    expect(format.ago(now - 5 * 60_000)).to.equal('5 min ago');
    expect(format.ago(now + 3 * 3_600_000)).to.equal('in 3 h');
    expect(format.ago(now - 9 * 86_400_000)).to.equal('9 days ago');
  });

  it('is grouped numbers, and a dash for what is not known', () => {
    expect(format.number(1_234_567)).to.equal('1,234,567');
    expect(format.number(null)).to.equal('–');
    expect(format.change(12_000)).to.equal('+12,000');
    expect(format.change(-3)).to.equal('−3');
    expect(format.change(0)).to.equal('0');
    expect(format.percent(0.834)).to.equal('83 %');
  });

  it('is time in hours and minutes', () => {
    expect(format.duration(42)).to.equal('42 s');
    expect(format.duration(3_599)).to.equal('1 h');
    expect(format.duration(12_300)).to.equal('3 h 25 min');
    expect(format.duration(100 * 3_600)).to.equal('100 h');
    expect(format.duration(null)).to.equal('–');
  });

  it('is the day that was meant, whatever the time zone', () => {
    expect(format.day('2031-07-04')).to.equal('Fri 4 Jul 2031');
  });
});
