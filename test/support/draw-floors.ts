/** Draws `docs/floors.svg` from the floors: `npm run picture`. A unit test compares the file with the drawing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Floor, floors, type Room } from './floors.ts';

export const FLOORS_PICTURE = join(import.meta.dirname, '../../docs/floors.svg');

const WIDTH = 1000;
const NAMES_WIDTH = 130;
const FLOOR_HEIGHT = 58;
const GAP = 8;
const CHARACTERS_PER_PIXEL = 1 / 6.2;

const styles = `
  text { font: 13px system-ui, sans-serif; fill: #1d2430; }
  .floor { fill: #5a6372; font-size: 12px; }
  .room { font-weight: 600; }
  .what { font-size: 11px; fill: #3b4454; }
  rect { fill: #f4f6fa; stroke: #b8c1d1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8ecf3; } .floor, .what { fill: #aab4c5; } rect { fill: #1f2632; stroke: #47536a; }
  }`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** At most two lines, broken between words. */
function lines(text: string, width: number): string[] {
  const most = Math.floor(width * CHARACTERS_PER_PIXEL);
  const broken: string[] = [];
  for (const word of text.split(' ')) {
    const last = broken.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) broken[broken.length - 1] = `${last} ${word}`;
    else broken.push(word);
  }
  return broken.slice(0, 2);
}

function drawRoom({ name, what }: Room, x: number, y: number, width: number): string {
  const words = lines(what, width - 16).map(
    (line, index) => `<text class="what" x="${x + 8}" y="${y + 31 + index * 13}">${escaped(line)}</text>`,
  );
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${FLOOR_HEIGHT - GAP}" rx="4"/>`,
    `<text class="room" x="${x + 8}" y="${y + 17}">${escaped(name)}</text>`,
    ...words,
  ].join('');
}

function drawFloor({ name, rooms }: Floor, index: number): string {
  const y = index * FLOOR_HEIGHT + GAP;
  const width = Math.floor((WIDTH - NAMES_WIDTH - GAP) / rooms.length) - GAP;
  const drawn = rooms.map((room, column) => drawRoom(room, NAMES_WIDTH + column * (width + GAP), y, width));
  return `<text class="floor" x="8" y="${y + 28}">${escaped(name)}</text>${drawn.join('')}`;
}

/** The picture as SVG: the entry on top, each room above everything that it may use. */
export function floorsSvg(): string {
  const height = floors.length * FLOOR_HEIGHT + GAP;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The floors of the code, from the entry down">`;
  return `${[open, `<style>${styles}</style>`, ...floors.map(drawFloor), '</svg>'].join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(FLOORS_PICTURE, floorsSvg());
