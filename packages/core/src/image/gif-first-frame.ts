import { FeaturetapError } from '../spec/errors.js';
import { pixelLimitError, MAX_IMAGE_PIXELS } from './image-limits.js';
import type { RgbImage } from './rgb-image.js';

/** What Pillow shows of a GIF, in terms of a decoder that blends frames. */
export interface GifFirstFrame {
  /** The file, with the first frame's transparency switched off so that it decodes to its colours. */
  readonly bytes: Uint8Array;
  /** Width of the canvas, pixels. */
  readonly width: number;
  /** Height of the canvas, pixels. */
  readonly height: number;
  /** Columns that the frame covers, half-open [left, right). */
  readonly columns: readonly [left: number, right: number];
  /** Rows that the frame covers, half-open [top, bottom). */
  readonly rows: readonly [top: number, bottom: number];
  /** Colour of the canvas around the frame, RGB. */
  readonly outside: readonly [number, number, number];
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;

/**
 * Reads where the first frame of a GIF lies and makes its transparent pixels opaque.
 *
 * Pillow's `convert('RGB')` gives transparent pixels the colour their index has in the palette, and
 * fills the canvas around a smaller frame with the transparent index, or with index 0. libvips makes
 * both black. Source of the layout: GIF89a specification (CompuServe 1990), sections 18 to 23.
 *
 * @param name - what to call the image in messages.
 * @throws FeaturetapError `IMAGE_UNREADABLE` when the file ends before its first frame,
 * `IMAGE_UNSUPPORTED` when the frame has no palette or exceeds the canvas, `IMAGE_LIMIT` when the
 * canvas is too large
 */
export function openGifFirstFrame(bytes: Uint8Array, name: string): GifFirstFrame {
  const byteAt = (at: number): number => {
    const byte = bytes[at];
    if (byte !== undefined) return byte;
    throw unreadable(name, 'it ends before its first frame');
  };
  const wordAt = (at: number): number => byteAt(at) + byteAt(at + 1) * 256;
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

  const globalBytes = tableBytes(byteAt(10));
  let at = 13 + globalBytes;
  const controls: number[] = [];
  while (byteAt(at) !== IMAGE) {
    if (byteAt(at) !== EXTENSION) throw unreadable(name, 'it has no first frame');
    if (byteAt(at + 1) === GRAPHIC_CONTROL) controls.push(at + 3);
    at += 2;
    while (byteAt(at) !== 0) at += byteAt(at) + 1;
    at += 1;
  }

  const [width, height] = [wordAt(6), wordAt(8)];
  if (width * height > MAX_IMAGE_PIXELS) throw pixelLimitError(width, height, name);
  const [left, top] = [wordAt(at + 1), wordAt(at + 3)];
  const [right, bottom] = [left + wordAt(at + 5), top + wordAt(at + 7)];
  if (right > width || bottom > height) {
    throw unsupported(name, 'whose first frame exceeds its canvas');
  }
  const localBytes = tableBytes(byteAt(at + 9));
  if (localBytes + globalBytes === 0) throw unsupported(name, 'without a palette');
  const palette = localBytes > 0 ? at + 10 : 13;
  const colours = (localBytes > 0 ? localBytes : globalBytes) / 3;

  const transparent = controls.filter((control) => byteAt(control) & 1);
  // Not `slice`, which shares the memory when the bytes are a Buffer.
  const opaque = transparent.length > 0 ? new Uint8Array(bytes) : bytes;
  for (const control of transparent) opaque[control]! &= ~1;
  const last = transparent.at(-1);
  const index = last === undefined ? 0 : byteAt(last + 3);
  const colour = palette + index * 3;
  return {
    bytes: opaque,
    width,
    height,
    columns: [left, right],
    rows: [top, bottom],
    outside: index < colours ? [byteAt(colour), byteAt(colour + 1), byteAt(colour + 2)] : [0, 0, 0],
  };
}

/**
 * Puts the first frame on its canvas.
 *
 * The decoder may give the image another size than the canvas: it mistrusts some common canvas sizes
 * and those above 2,048, and grows the image to the union of all frames.
 *
 * @param decoded - the decoded image; the frame lies in it where it lies on the canvas.
 */
export function placeFirstFrame(decoded: RgbImage, frame: GifFirstFrame): RgbImage {
  const { width, height } = frame;
  const [left, right] = frame.columns;
  const [top, bottom] = frame.rows;
  const isWhole = left === 0 && top === 0 && right === width && bottom === height;
  if (isWhole && decoded.width === width && decoded.height === height) return decoded;
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set(frame.outside, i);
  for (let y = top; y < bottom; y++) {
    const row = decoded.data.subarray(
      (y * decoded.width + left) * 3,
      (y * decoded.width + right) * 3,
    );
    data.set(row, (y * width + left) * 3);
  }
  return { width, height, data };
}

function unreadable(name: string, what: string): FeaturetapError {
  return new FeaturetapError(
    'IMAGE_UNREADABLE',
    `Expected a complete GIF image, but ${what}: ${name}. Get the file again.`,
  );
}

function unsupported(name: string, what: string): FeaturetapError {
  return new FeaturetapError(
    'IMAGE_UNSUPPORTED',
    `Expected a GIF image that decodes as Pillow decodes it, got one ${what}: ${name}. ` +
      "Convert it to PNG, or decode with policy 'display'.",
  );
}
