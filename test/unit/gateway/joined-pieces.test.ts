import { Readable } from 'node:stream';
import { expect } from 'chai';
import fc from 'fast-check';
import { JoinedPieces } from '../../../plugin/gateway/joined-pieces.ts';

async function joined(pieces: readonly Uint8Array[]): Promise<Buffer[]> {
  const source = Readable.from(pieces.map((piece) => Buffer.from(piece)));
  return source.pipe(new JoinedPieces()).toArray();
}

describe('joined pieces', () => {
  it('hands on 1 MB that comes in pieces of 4 kB in 16', async () => {
    const handedOn = await joined(Array.from({ length: 256 }, () => new Uint8Array(4_096)));
    expect(handedOn.map(({ length }) => length)).to.deep.equal(Array.from({ length: 16 }, () => 65_536));
  });

  it('hands on the same bytes, whatever the pieces', async () => {
    const piece = fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => Buffer.alloc(bytes.length * 900, bytes));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        expect(Buffer.concat(await joined(pieces)).equals(Buffer.concat(pieces))).to.equal(true);
      }),
    );
  });
});
