import type { Metadata, OutputInfo, Sharp, SharpOptions } from 'sharp';
import { FeaturetapError } from '../spec/errors.js';
import { MAX_IMAGE_PIXELS, pixelLimitError } from './image-limits.js';
import { loadSharp } from './load-sharp.js';
import type { ImageBytes } from './read-image-bytes.js';
import { sniffFormat, type ImageFormat } from './sniff-format.js';

/** An encoded image whose header has been read and found acceptable. */
export interface EncodedImage extends ImageBytes {
  /** By the first bytes. */
  readonly format: ImageFormat;
  /** Size, colour space and depth, as libvips reads them. */
  readonly header: Metadata;
  /** Starts a decode of these bytes, or of others in their place. */
  pipeline(options?: SharpOptions, bytes?: Uint8Array): Sharp;
}

/** Pixels as a decoder hands them over. */
interface RawPixels {
  /** Row by row, channels interleaved; 16-bit samples in the order of this machine. */
  readonly data: Uint8Array;
  /** Size and number of channels. */
  readonly info: OutputInfo;
}

/**
 * Options of every decode.
 *
 * `failOn: 'error'` fails where Pillow raises: on truncated or undecodable data, and not on oddities
 * that libjpeg only warns about.
 */
const DECODE_OPTIONS: SharpOptions = { failOn: 'error', limitInputPixels: MAX_IMAGE_PIXELS };

/**
 * Reads the header of an image, which allocates no pixels.
 *
 * @throws FeaturetapError `IMAGE_UNREADABLE`, `IMAGE_UNSUPPORTED`, or `IMAGE_LIMIT` when the header
 * promises more than {@link MAX_IMAGE_PIXELS}
 */
export async function openEncodedImage({ bytes, name }: ImageBytes): Promise<EncodedImage> {
  const format = sniffFormat(bytes, name);
  const sharp = await loadSharp();
  const headerOptions = { ...DECODE_OPTIONS, limitInputPixels: false };
  const header = await sharp(bytes, headerOptions)
    .metadata()
    .catch((error: unknown) => {
      throw decodeError(error, name);
    });
  if (header.width * header.height > MAX_IMAGE_PIXELS) {
    throw pixelLimitError(header.width, header.height, name);
  }
  // The loader is chosen by libvips; it must be the one of the format found above.
  const loader = header.format === 'heif' ? 'avif' : header.format;
  if (loader !== format) {
    throw new FeaturetapError(
      'IMAGE_UNREADABLE',
      `Expected a ${format} image by its first bytes, but it reads as ${loader}: ${name}. ` +
        'Check that this is an image file.',
    );
  }
  return {
    bytes,
    name,
    format,
    header,
    pipeline: (options, other = bytes) => sharp(other, { ...DECODE_OPTIONS, ...options }),
  };
}

/**
 * Runs a decode to its end.
 *
 * @throws FeaturetapError `IMAGE_UNREADABLE` when the data is truncated or broken
 */
export async function decodePixels(pipeline: Sharp, name: string): Promise<RawPixels> {
  try {
    const { data, info } = await pipeline.toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info };
  } catch (error) {
    throw decodeError(error, name);
  }
}

function decodeError(error: unknown, name: string): FeaturetapError {
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  return new FeaturetapError(
    'IMAGE_UNREADABLE',
    `Expected a complete image, but it cannot be decoded: ${name} (${reason ?? 'no reason'}). ` +
      'Get the file again, or convert it to PNG.',
    { cause: error },
  );
}
