import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { expect } from 'chai';
import { type ServerProgram, startOnFreePort } from '../../../plugin/dev/local-tools/server-process.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { thrownBy } from '../../support/thrown.ts';

/** Serves on its port and says how often it was started; the first `FAILURES` times it ends with its last words instead. */
const SERVER = `
  import { appendFileSync, readFileSync } from 'node:fs';
  import { createServer } from 'node:http';
  appendFileSync(process.env.STARTS, '.');
  const starts = readFileSync(process.env.STARTS, 'utf8').length;
  if (starts <= Number(process.env.FAILURES)) throw new Error('no worker boots');
  createServer((_request, response) => response.end(String(starts))).listen(Number(process.env.PORT), '127.0.0.1');
`;

describe('a local server on a free port', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'server-process-'));
    await writeFile(join(folder, 'server.mjs'), SERVER);
    await writeFile(join(folder, 'starts'), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const program =
    (failures: number) =>
    (port: number, baseUrl: string): ServerProgram => ({
      command: process.execPath,
      parameters: [join(folder, 'server.mjs')],
      environment: { STARTS: join(folder, 'starts'), FAILURES: String(failures), PORT: String(port) },
      readyUrl: baseUrl,
    });
  const starts = async (): Promise<number> => (await readFile(join(folder, 'starts'), 'utf8')).length;
  const isThere = (url: string): Promise<boolean> =>
    axios.get(url).then(
      () => true,
      () => false,
    );

  it('serves until it is stopped', async () => {
    const { baseUrl, stop } = await startOnFreePort({ program: program(0), isOurs: isThere });
    expect(await isThere(baseUrl)).to.equal(true);
    await stop();
    expect(await isThere(baseUrl)).to.equal(false);
    expect(await starts()).to.equal(1);
  });

  it('is started again when it ends while it starts', async () => {
    const { stop } = await startOnFreePort({ program: program(2), isOurs: isThere });
    expect(await starts()).to.equal(3);
    await stop();
  });

  it('is started again elsewhere when another server answers at its port, or it is gone when we ask who it is', async () => {
    const asked: string[] = [];
    const isOurs = async (url: string): Promise<boolean> => {
      asked.push(url);
      if (asked.length === 1) return false;
      if (asked.length === 2) throw new Error('connection refused');
      return isThere(url);
    };
    const { baseUrl, stop } = await startOnFreePort({ program: program(0), isOurs });
    expect(asked).to.have.length(3);
    expect(await Promise.all(asked.map(isThere)), 'the first two are not left running').to.deep.equal([
      false,
      false,
      true,
    ]);
    expect(baseUrl).to.equal(asked[2]);
    await stop();
  });

  it('is given up after three attempts, with its last words', async () => {
    const error = await thrownBy(startOnFreePort({ program: program(9), isOurs: isThere }));
    expect(error).to.be.instanceOf(AdminError);
    expect((error as AdminError).remedy.match(/Error: no worker boots/g)).to.have.length(3);
    expect(await starts()).to.equal(3);
  });
});
