import { fileURLToPath } from 'node:url';
import { openFileSource } from '../node/open-file-source.js';
import { FeaturetapError, isFeaturetapError } from '../spec/errors.js';
import { MAX_IMAGE_BYTES } from './image-limits.js';

/** Where an encoded image comes from: a path, a `file:` URL, or the bytes (a Buffer is fine). */
export type ImageSource = string | URL | Uint8Array;

/** An encoded image in memory. */
export interface ImageBytes {
  /** The file as it is on disk. */
  readonly bytes: Uint8Array;
  /** What to call it in messages: its path, or how many bytes were given. */
  readonly name: string;
}

/**
 * Reads an encoded image into memory.
 *
 * Only regular files are read: a pipe or a device may never end. The file is opened once and its
 * bytes are decoded from memory, so it cannot be exchanged between the checks and the decoding.
 *
 * @throws FeaturetapError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `IMAGE_LIMIT`, `IMAGE_UNREADABLE`
 * (no bytes at all) or `INPUT_INVALID` (another type, a URL that is no file)
 */
export async function readImageBytes(source: ImageSource): Promise<ImageBytes> {
  const image =
    source instanceof Uint8Array
      ? { bytes: source, name: `${source.length} bytes` }
      : await readFile(toPath(source));
  checkSize(image.bytes.length, image.name);
  if (image.bytes.length > 0) return image;
  throw new FeaturetapError(
    'IMAGE_UNREADABLE',
    `Expected an image, found no bytes at all: ${image.name}. Check how the file was written.`,
  );
}

function toPath(source: unknown): string {
  if (typeof source === 'string') return source;
  if (source instanceof URL && source.protocol === 'file:') return fileURLToPath(source);
  const got = source instanceof URL ? `a ${source.protocol} URL` : typeof source;
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected an image as a path, a file: URL or a Uint8Array of encoded bytes, got ${got}. ` +
      'Fetch remote images first and give their bytes.',
  );
}

async function readFile(path: string): Promise<ImageBytes> {
  await using file = await openFileSource(path);
  checkSize(file.size, path);
  try {
    return { bytes: await file.read(0, file.size), name: path };
  } catch (error) {
    if (!isFeaturetapError(error) || error.code !== 'MODEL_TRUNCATED') throw error;
    throw new FeaturetapError(
      'FILE_UNREADABLE',
      `Expected ${file.size} bytes in ${path}, but it became shorter while it was read. ` +
        'Read it again when it is written completely.',
      { cause: error },
    );
  }
}

function checkSize(size: number, name: string): void {
  if (size <= MAX_IMAGE_BYTES) return;
  throw new FeaturetapError(
    'IMAGE_LIMIT',
    `Expected an image file of at most ${MAX_IMAGE_BYTES} bytes, got ${size}: ${name}. ` +
      'Compress it, or shrink the image first.',
  );
}
