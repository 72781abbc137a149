/** Tasks of Label Studio with a picture, a sound, a video and a text each, and the page on which they are labelled. */
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import type { Scene } from './gateway-world.ts';
import type { LabelStudioSession } from './label-studio-session.ts';

const config = `<View>
  <Image name="img" value="$image"/><Audio name="aud" value="$audio"/><Video name="vid" value="$video"/><Text name="txt" value="$text"/>
  <Choices name="label" toName="img"><Choice value="Cat"/><Choice value="Dog"/></Choices>
</View>`;

/** One grey pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);
const SAMPLES_A_SECOND = 8_000;
const HEADER_BYTES = 44;

/** A tone of one second, 16 bits a sample. */
function sound(): Buffer {
  const samples = Buffer.alloc(SAMPLES_A_SECOND * 2);
  for (let at = 0; at < SAMPLES_A_SECOND; at += 1) samples.writeInt16LE(Math.round(9_000 * Math.sin(at / 4)), at * 2);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0).toString();
  header.writeUInt32LE(HEADER_BYTES - 8 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLES_A_SECOND, 24);
  header.writeUInt32LE(SAMPLES_A_SECOND * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** A video of about a second, which the browser itself draws and records: its bytes. */
const RECORD_VIDEO = `(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
  const drawing = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: 'video/webm' });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.start();
  for (let frame = 0; frame < 12; frame += 1) {
    drawing.fillRect(frame * 4, 0, 4, 48);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
})()`;

async function recordVideo(page: Page): Promise<Buffer> {
  return Buffer.from(z.array(z.number()).parse(await page.evaluate(RECORD_VIDEO)));
}

const uploadsSchema = z.array(z.object({ file: z.string() }));

/**
 * Makes the project one for such tasks, and gives its tasks new data. `basePath` is the path of the address at which browsers reach the
 * tool, empty for none; `page` is any page of a browser.
 */
export async function giveMediaTasks(
  owner: LabelStudioSession,
  { project, basePath, page }: { project: Scene; basePath: string; page: Page },
): Promise<void> {
  const { projectId, taskIds } = project;
  const change = async (path: string, body: unknown): Promise<void> => {
    const { status, data } = await owner.http.patch(path, body);
    expect(status, JSON.stringify(data)).to.equal(200);
  };
  const files = [
    { name: 'a.png', type: 'image/png', bytes: PICTURE },
    { name: 'a.wav', type: 'audio/wav', bytes: sound() },
    { name: 'a.webm', type: 'video/webm', bytes: await recordVideo(page) },
  ];
  for (const { name, type, bytes } of files) {
    const form = new FormData();
    form.set(name, new File([Uint8Array.from(bytes)], name, { type }));
    // The file is kept, although Label Studio says 400: one file makes no task with four parts.
    await owner.http.post(`/api/projects/${projectId}/import?commit_to_project=false`, form);
  }
  const uploads = uploadsSchema.parse((await owner.http.get(`/api/projects/${projectId}/file-uploads?all=true`)).data);
  const pathOf = (ending: string): string => {
    const upload = uploads.find(({ file }) => file.endsWith(ending));
    if (!upload) throw new Error(`${ending} was not kept`);
    return `${basePath}/data/${upload.file.replace(/^\/+/, '')}`;
  };
  const data = { image: pathOf('.png'), audio: pathOf('.wav'), video: pathOf('.webm') };
  for (const [index, id] of taskIds.entries()) {
    await change(`/api/tasks/${id}/`, { data: { ...data, text: `text ${index}` } });
  }
  await change(`/api/projects/${projectId}/`, { label_config: config });
}
