import { FeaturetapError } from '../spec/errors.js';

/** The tags that decide how the samples of a TIFF become colours (TIFF 6.0, section 8). */
const TAG = {
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  samplesPerPixel: 277,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

const BYTES_OF_TYPE: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4 };
const JPEG_COMPRESSION = 7;
const ASSOCIATED_ALPHA = 1;

/** Values of each tag; a missing tag has none. */
type Tags = ReadonlyMap<number, readonly number[]>;

/**
 * Lets only those TIFF images pass that libvips and Pillow turn into the same RGB.
 *
 * These are gray of 1, 2, 4 or 8 bits, gray of 16 bits, RGB of 8 or 16 bits with or without
 * unassociated alpha, CMYK of 8 bits, and YCbCr in JPEG compression. The two differ, or one of them
 * fails, for palettes, floats, signed integers, Lab, raw YCbCr and premultiplied alpha.
 *
 * @param name - what to call the image in messages.
 * @throws FeaturetapError `IMAGE_UNSUPPORTED` for other kinds, `IMAGE_UNREADABLE` when the tags
 * cannot be read
 */
export function checkTiffKind(bytes: Uint8Array, name: string): void {
  const tags = readFirstDirectory(bytes, name);
  const first = (tag: number, otherwise: number): number => tags.get(tag)?.[0] ?? otherwise;
  const bits = tags.get(TAG.bitsPerSample) ?? [1];
  const samples = first(TAG.samplesPerPixel, 1);
  const extra = tags.get(TAG.extraSamples) ?? [];
  const photometric = first(TAG.photometric, -1);
  const colours = samples - extra.length;
  const depth = bits[0]!;
  const isPlain =
    bits.every((bit) => bit === depth) &&
    (tags.get(TAG.sampleFormat) ?? []).every((format) => format === 1) &&
    first(TAG.fillOrder, 1) === 1 &&
    extra.length <= 1 &&
    !extra.includes(ASSOCIATED_ALPHA);
  if (isPlain && isSameColour(photometric, depth, colours, extra.length)) return;
  if (isPlain && photometric === 6 && first(TAG.compression, 1) === JPEG_COMPRESSION) return;
  throw new FeaturetapError(
    'IMAGE_UNSUPPORTED',
    'Expected a TIFF image that decodes as Pillow decodes it: unsigned gray, RGB or CMYK; got ' +
      `photometric interpretation ${photometric} with ${samples} samples of ${depth} bits: ` +
      `${name}. Convert it to PNG, or decode with policy 'display'.`,
  );
}

function isSameColour(kind: number, depth: number, colours: number, extra: number): boolean {
  switch (kind) {
    case 0: // white is zero
      return colours === 1 && (depth === 8 || ([1, 4].includes(depth) && extra === 0));
    case 1: // black is zero
      return colours === 1 && (depth === 8 || ([1, 2, 4, 16].includes(depth) && extra === 0));
    case 2: // RGB
      return colours === 3 && (depth === 8 || depth === 16);
    case 5: // CMYK
      return colours === 4 && depth === 8 && extra === 0;
    default:
      return false;
  }
}

function readFirstDirectory(bytes: Uint8Array, name: string): Tags {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = bytes[0] === 0x49;
  const wanted: readonly number[] = Object.values(TAG);
  const tags = new Map<number, readonly number[]>();
  try {
    const start = view.getUint32(4, isLittle);
    const count = view.getUint16(start, isLittle);
    for (let i = 0; i < count; i++) {
      const entry = start + 2 + i * 12;
      const tag = view.getUint16(entry, isLittle);
      if (wanted.includes(tag)) tags.set(tag, readValues(view, entry, isLittle));
    }
  } catch (error) {
    throw new FeaturetapError(
      'IMAGE_UNREADABLE',
      `Expected a complete TIFF image, but its tags point outside of the file: ${name}. ` +
        'Get the file again.',
      { cause: error },
    );
  }
  return tags;
}

/** Values of one directory entry: inline when they fit into four bytes, else behind an offset. */
function readValues(view: DataView, entry: number, isLittle: boolean): number[] {
  const type = view.getUint16(entry + 2, isLittle);
  // More samples than this are refused anyway.
  const count = Math.min(view.getUint32(entry + 4, isLittle), 16);
  const size = BYTES_OF_TYPE[type] ?? 1;
  const at = size * count <= 4 ? entry + 8 : view.getUint32(entry + 8, isLittle);
  return Array.from({ length: count }, (_, i) => {
    if (type === 3) return view.getUint16(at + i * 2, isLittle);
    if (type === 4) return view.getUint32(at + i * 4, isLittle);
    return view.getUint8(at + i);
  });
}
