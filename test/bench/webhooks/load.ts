/** Sends signed deliveries over kept-alive connections, each as soon as the one before was answered. */
import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface Load {
  port: number;
  secret: string;
  deliveries: number;
  connections: number;
  /** Makes the ids of this round's deliveries unlike those of others. */
  round: string;
}

export interface Measured {
  perSecond: number;
  /** Milliseconds. */
  median: number;
  p99: number;
  /** Answers other than 200. */
  refused: number;
}

const DIFFERENT_CONTRACTS = 200;

/** Sends everything and measures. */
export async function sendLoad(load: Load): Promise<Measured> {
  const requests = Array.from({ length: load.deliveries }, (_, index) => requestBytes(load, index));
  const times: number[] = [];
  let refused = 0;
  let next = 0;
  const startedAt = performance.now();
  const connection = async (): Promise<void> => {
    const socket = connect(load.port, '127.0.0.1');
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    for (let index = next++; index < requests.length; index = next++) {
      const sentAt = performance.now();
      const status = await exchange(socket, requests[index] ?? Buffer.alloc(0));
      times.push(performance.now() - sentAt);
      if (status !== 200) refused += 1;
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: load.connections }, connection));
  const seconds = (performance.now() - startedAt) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { perSecond: load.deliveries / seconds, median: at(0.5), p99: at(0.99), refused };
}

/** Hires on a few hundred contracts, each told many times. */
function requestBytes({ secret, round }: Load, index: number): Buffer {
  const number = index % DIFFERENT_CONTRACTS;
  const contractId = `ctr_${number}`;
  const body = JSON.stringify({
    id: String(Date.now() * 1_000 + index),
    type: 'contract.started',
    apiVersion: 'v1',
    createdAt: new Date().toISOString(),
    resourceId: contractId,
    jobId: 'job_bench',
    data: {
      contract: {
        id: contractId,
        status: 'active',
        jobId: 'job_bench',
        title: 'Label cats',
        startDate: '2031-05-20',
        endDate: null,
        createdAt: '2031-05-20T00:00:00Z',
        projectLinkIds: ['lnk_bench'],
      },
      freelancer: {
        opentrainUserId: `usr_${number}`,
        displayName: 'Ada L.',
        country: 'DE',
        profileUrl: `https://app.opentrain.ai/trainers/usr_${number}`,
        workEmail: `ada.${number}@opentrain.work`,
      },
      projectLink: null,
    },
  });
  const time = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  const head = [
    'POST /webhooks/opentrain HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'User-Agent: OpenTrain-Partner-Webhooks/1.0',
    'X-OpenTrain-Event: contract.started',
    `X-OpenTrain-Delivery: whd_${round}_${index}`,
    `X-OpenTrain-Signature: t=${time},v1=${digest}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Sends one request and resolves with the status once its whole answer is there. */
function exchange(socket: Socket, bytes: Buffer): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let answer = '';
  const finish = (settle: () => void): void => {
    socket.off('data', onData).off('close', onClose).off('error', onClose);
    settle();
  };
  const onData = (chunk: Buffer): void => {
    answer += chunk.toString('latin1');
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
    if (answer.length >= end + 4 + length) finish(() => resolve(Number(answer.slice(9, 12))));
  };
  const onClose = (): void => finish(() => reject(new Error('the connection was closed')));
  socket.on('data', onData).on('close', onClose).on('error', onClose);
  socket.write(bytes);
  return promise;
}
