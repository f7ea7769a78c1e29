import { FeaturetapError } from '../spec/errors.js';

/** A raster format that decoders exist for. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

/** First bytes of a kind of file; `null` stands for any byte. */
type Signature = readonly (number | null)[];

const ascii = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));
const any = (count: number): null[] => Array.from({ length: count }, () => null);

const FORMATS: readonly (readonly [ImageFormat, Signature])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a]],
  ['webp', [...ascii('RIFF'), ...any(4), ...ascii('WEBP')]],
  ['gif', ascii('GIF87a')],
  ['gif', ascii('GIF89a')],
  ['tiff', [...ascii('II'), 42, 0]],
  ['tiff', [...ascii('MM'), 0, 42]],
];

/** Kinds that are refused by name, so that the message can say what the file is. */
const REFUSED: readonly (readonly [string, Signature])[] = [
  ['a PDF document', ascii('%PDF')],
  ['an SVG or XML document', ascii('<svg')],
  ['an SVG or XML document', ascii('<?xml')],
  ['a PostScript document', ascii('%!PS')],
  ['a Windows bitmap', ascii('BM')],
  ['a Photoshop document', ascii('8BPS')],
  ['a JPEG 2000 image', [0, 0, 0, 12, ...ascii('jP  ')]],
  ['a JPEG 2000 image', [0xff, 0x4f, 0xff, 0x51]],
  ['a JPEG XL image', [0xff, 0x0a]],
  ['a JPEG XL image', [0, 0, 0, 12, ...ascii('JXL ')]],
  ['a BigTIFF image', [...ascii('II'), 43, 0]],
  ['a BigTIFF image', [...ascii('MM'), 0, 43]],
  ['an OpenEXR image', [0x76, 0x2f, 0x31, 0x01]],
  ['a Radiance image', ascii('#?RADIANCE')],
  ['a portable pixmap', ascii('P5\n')],
  ['a portable pixmap', ascii('P6\n')],
  ['a Windows icon', [0, 0, 1, 0]],
];

const FTYP: Signature = [...any(4), ...ascii('ftyp')];

/**
 * Tells the format of an encoded image by its first bytes, never by a file name.
 *
 * This is what keeps hostile files away from decoders that nobody needs here: a vector image, a
 * document or libvips' own format is refused before any library sees it.
 *
 * @param name - what to call the image in messages.
 * @throws FeaturetapError `IMAGE_UNSUPPORTED` for a known kind that is not decoded,
 * `IMAGE_UNREADABLE` for anything else
 */
export function sniffFormat(bytes: Uint8Array, name: string): ImageFormat {
  for (const [format, signature] of FORMATS) {
    if (startsWith(bytes, signature)) return format;
  }
  if (startsWith(bytes, FTYP) && isoBrands(bytes).some((brand) => /^avi[fs]$/.test(brand))) {
    return 'avif';
  }
  const kind = startsWith(bytes, FTYP)
    ? 'a HEIC image or a video'
    : REFUSED.find(([, signature]) => startsWith(bytes, signature))?.[0];
  if (kind !== undefined) {
    throw new FeaturetapError(
      'IMAGE_UNSUPPORTED',
      `Expected a JPEG, PNG, WebP, GIF, TIFF or AVIF image, got ${kind}: ${name}. ` +
        'Convert it to PNG first.',
    );
  }
  const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  throw new FeaturetapError(
    'IMAGE_UNREADABLE',
    `Expected a JPEG, PNG, WebP, GIF, TIFF or AVIF image, got something else: ${name}, ` +
      `which starts with the bytes ${first.join(' ')}. Check that this is an image file.`,
  );
}

function startsWith(bytes: Uint8Array, signature: Signature): boolean {
  if (bytes.length < signature.length) return false;
  return signature.every((byte, i) => byte === null || byte === bytes[i]);
}

/** Major and compatible brands of an ISO media file (ISO/IEC 14496-12, section 4.3). */
function isoBrands(bytes: Uint8Array): string[] {
  const boxSize = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  const end = Math.min(boxSize, bytes.length, 256);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) {
    // At 12 stands the minor version.
    if (at !== 12) brands.push(String.fromCharCode(...bytes.subarray(at, at + 4)));
  }
  return brands;
}
