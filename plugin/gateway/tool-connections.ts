/**
 * Connections to the tool that hand the body of a large answer from socket to socket. Node's HTTP client copies each piece of a body into
 * a new buffer, and V8 collects the heap for every 30 MB of them: half of the gateway's work on a picture of 20 MB (`npm run bench gateway`).
 * The head is read by Node's client; from the next piece on the body goes through buffers that are used again and again.
 */
import type { ClientRequestArgs, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KeptConnections } from './kept-connections.ts';

/** Node reads as much at once. */
const BUFFER_BYTES = 64 * 1024;
const BUFFERS = 4;
/** A smaller body is mostly there with its head. One of unknown length may be large. */
const LARGE_BYTES = 256 * 1024;

export class ToolConnections extends KeptConnections {
  readonly #readers = new WeakMap<Socket, SocketReader>();

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const reader = new SocketReader();
    const onread = { buffer: () => reader.buffer, callback: (length: number) => reader.read(length) };
    const withOwnBuffers = { ...options, onread };
    const socket = super.createConnection(withOwnBuffers, callback);
    if (socket instanceof Socket) {
      reader.socket = socket;
      this.#readers.set(socket, reader);
    }
    return socket;
  }

  /** Lets the body of an answer that is about to be piped pass from socket to socket. Returns false where the usual way is better. */
  passBody(answer: IncomingMessage, response: ServerResponse): boolean {
    const bytes = lengthOf(answer);
    const reader = this.#readers.get(answer.socket);
    if (!reader || !(bytes >= LARGE_BYTES)) return false;
    reader.body = new PassedBody(answer, response, bytes);
    return true;
  }
}

/** Of the body, in bytes: Infinity when the end of the connection is its end, 0 when the body is not sent as it is. */
function lengthOf({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return 0;
  return Number(headers['content-length'] ?? Number.POSITIVE_INFINITY);
}

/** Reads a socket into buffers of its own. */
class SocketReader {
  /** What the next piece is read into. */
  buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  socket: Socket | null = null;
  body: PassedBody | null = null;
  #made = 1;
  readonly #free: Buffer[] = [];
  #isWaiting = false;

  /** Takes what was read into the buffer. Returns whether another piece can be read now. */
  read(length: number): boolean {
    const { socket, body, buffer } = this;
    const piece = buffer.subarray(0, length);
    if (!socket) return false;
    // A stream keeps what it is given: it gets a copy.
    if (!body?.follows()) return socket.push(Buffer.from(piece));
    if (body.pass(piece, () => this.#release(buffer))) {
      socket.destroy();
      return false;
    }
    this.buffer = this.#free.pop() ?? this.#another();
    this.#isWaiting = this.#free.length === 0 && this.#made === BUFFERS;
    return !this.#isWaiting;
  }

  #another(): Buffer {
    this.#made += 1;
    return Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  #release(buffer: Buffer): void {
    this.#free.push(buffer);
    if (!this.#isWaiting || this.socket?.destroyed) return;
    this.#isWaiting = false;
    this.socket?.resume();
  }
}

/** The rest of a body, whose first piece came with the head. */
class PassedBody {
  readonly #answer: IncomingMessage;
  readonly #response: ServerResponse;
  #left: number;

  constructor(answer: IncomingMessage, response: ServerResponse, bytes: number) {
    this.#answer = answer;
    this.#response = response;
    this.#left = bytes;
    answer.on('data', ({ length }: Buffer) => {
      this.#left -= length;
    });
  }

  /** Whether the next piece may be passed: all that Node's client has read before was written. */
  follows(): boolean {
    return this.#answer.readableLength === 0;
  }

  /** Returns whether this piece was the last one. `written` is called when its buffer is free. */
  pass(piece: Buffer, written: () => void): boolean {
    const part = piece.subarray(0, this.#left);
    this.#left -= part.length;
    if (this.#left > 0) this.#response.write(part, written);
    else this.#response.end(part);
    return this.#left === 0;
  }
}
