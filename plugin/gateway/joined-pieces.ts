/** Joins the small pieces in which tools send files (Django: 4 kB), as each would cost reads and writes of its own on its way. */
import { Transform, type TransformCallback } from 'node:stream';

const PIECE_BYTES = 64 * 1024;

/** Hands on pieces of at least 64 kB, and what is left at the end. Holds back less than that: only for what is known to be larger. */
export class JoinedPieces extends Transform {
  #held: Buffer[] = [];
  #bytes = 0;

  override _transform(piece: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= PIECE_BYTES) this.#handOn();
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#bytes > 0) this.#handOn();
    done();
  }

  #handOn(): void {
    this.push(Buffer.concat(this.#held, this.#bytes));
    this.#held = [];
    this.#bytes = 0;
  }
}
