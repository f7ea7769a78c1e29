import type { RgbImage } from '@featuretap/core';

/** Edge of every image, pixels; the demo model sees 224. */
const SIDE = 224;

/** Letters of 5 x 7 dots, each row five bits. */
const LETTERS: readonly (readonly number[])[] = [
  [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11], // A
  [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f], // E
  [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x10], // F
  [0x1e, 0x11, 0x11, 0x1e, 0x10, 0x10, 0x10], // P
  [0x1e, 0x11, 0x11, 0x1e, 0x14, 0x12, 0x11], // R
  [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04], // T
  [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e], // U
];

/** Whole numbers from 0 to `below`, the same in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function paint(pixel: (x: number, y: number) => readonly number[]): RgbImage {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < SIDE * SIDE; i++) data.set(pixel(i % SIDE, Math.floor(i / SIDE)), i * 3);
  return { width: SIDE, height: SIDE, data };
}

/** Every pixel a random colour. */
export function noiseImage(seed: number): RgbImage {
  const roll = dice(seed);
  return paint(() => [roll(256), roll(256), roll(256)]);
}

/** Lines of random letters, black on white, as on a scanned page. */
export function textImage(seed: number): RgbImage {
  const roll = dice(seed);
  const dot = 1 + (seed % 3);
  const line = Array.from({ length: SIDE * SIDE }, () => LETTERS[roll(LETTERS.length + 2)]);
  return paint((x, y) => {
    // A cell of 6 x 10 dots holds a letter, or nothing where the dice gave a space.
    const [column, row] = [Math.floor(x / dot), Math.floor(y / dot)];
    const letter = line[Math.floor(row / 10) * SIDE + Math.floor(column / 6)];
    const bits = letter?.[row % 10] ?? 0;
    const ink = ((bits >> (4 - (column % 6))) & 1) === 1 && column % 6 < 5;
    return ink ? [0, 0, 0] : [255, 255, 255];
  });
}

/** Black and white: stripes, a grid of squares, or rings. */
export function patternImage(seed: number): RgbImage {
  const size = 4 + 3 * seed;
  const figures = [
    (x: number) => Math.floor(x / size),
    (x: number, y: number) => Math.floor(x / size) + Math.floor(y / size),
    (x: number, y: number) => Math.floor(Math.hypot(x - SIDE / 2, y - SIDE / 2) / size),
  ];
  const figure = figures[seed % figures.length]!;
  return paint((x, y) => new Array<number>(3).fill(figure(x, y) % 2 === 0 ? 0 : 255));
}
