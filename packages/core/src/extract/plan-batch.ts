import { fileURLToPath } from 'node:url';
import { checkRgbImage, type RgbImage } from '../image/rgb-image.js';
import { FeaturetapError } from '../spec/errors.js';
import type { Manifest } from '../spec/manifest.js';
import type { PreprocessSpec } from '../spec/preprocess-spec.js';
import type { BatchItem } from '../session/runner.js';
import { formatShape, type Tensor } from '../tensor/tensor.js';
import { tensorItem } from './tensor-item.js';

/**
 * One image or one ready input.
 *
 * A string is a path, a URL is a `file:` URL, a Uint8Array (a Buffer is one) holds an encoded image.
 * A tensor has the dtype and shape of the model's input, batch axis included.
 */
export type ExtractorInput = string | URL | Uint8Array | RgbImage | Tensor;

/** A batch that is ready to be posted to a worker. */
export interface BatchPlan {
  /** Parts of the batch, in order. */
  readonly items: readonly BatchItem[];
  /** Shape of the whole input. */
  readonly shape: readonly number[];
  /** Buffers of the items, all of them our own copies. */
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * Checks the input of a run and copies what the caller owns, once, so that its buffers stay usable.
 *
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function planBatch(
  input: ExtractorInput | readonly ExtractorInput[],
  target: Manifest['input'],
  preprocess: PreprocessSpec | null,
): BatchPlan {
  const inputs: readonly ExtractorInput[] = isList(input) ? input : [input];
  if (inputs.length === 0) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      'Expected at least one image or tensor, got an empty list. Leave empty batches out.',
    );
  }
  let sample: readonly number[] | null = null;
  let rows = 0;
  const items: BatchItem[] = [];
  for (const [index, each] of inputs.entries()) {
    const where = isList(input) ? `item ${index} of the batch` : 'the input';
    const { item, sample: shape } = planItem(each, target, preprocess, where);
    if (sample !== null && !sample.every((size, axis) => size === shape[axis])) {
      throw new FeaturetapError(
        'INPUT_INVALID',
        `Expected ${formatShape(sample)} per image like the items before, got ${formatShape(shape)} ` +
          `in ${where}. Run other sizes in batches of their own.`,
      );
    }
    sample ??= shape;
    rows += item.rows;
    items.push(item);
  }
  return { items, shape: [rows, ...sample!], transfer: items.flatMap(ownedBuffers) };
}

/** One part of a batch with the shape of each of its images, batch axis left out. */
export interface ItemPlan {
  /** The part, ready to be posted. */
  readonly item: BatchItem;
  /** Shape of one image as the model takes it. */
  readonly sample: readonly number[];
}

/**
 * Checks one input and copies what the caller owns.
 *
 * @param where - what the input is, for messages.
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function planItem(
  input: ExtractorInput,
  target: Manifest['input'],
  preprocess: PreprocessSpec | null,
  where: string,
): ItemPlan {
  const item = toItem(input, target, preprocess, where);
  const sample =
    item.kind === 'tensor' ? item.tensor.shape.slice(1) : imageShape(target, preprocess!);
  return { item, sample };
}

function isList(input: unknown): input is readonly ExtractorInput[] {
  return Array.isArray(input);
}

function toItem(
  input: ExtractorInput,
  target: Manifest['input'],
  preprocess: PreprocessSpec | null,
  where: string,
): BatchItem {
  if (isObject(input) && 'dtype' in input) return tensorItem(input, target, where);
  if (preprocess === null) {
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected a tensor in ${where}, got an image: the manifest does not say how images become ` +
        'the input. Tap the model again with `--pretrained TAG` or `--arch NAME`; in code, give the ' +
        'option `preprocess`.',
    );
  }
  if (typeof input === 'string') return { kind: 'encoded', source: input, rows: 1 };
  if (input instanceof URL) return { kind: 'encoded', source: toPath(input, where), rows: 1 };
  if (input instanceof Uint8Array) {
    return { kind: 'encoded', source: new Uint8Array(input), rows: 1 };
  }
  if (isObject(input) && 'width' in input) {
    checkRgbImage(input);
    const { width, height, data } = input;
    return { kind: 'pixels', image: { width, height, data: new Uint8Array(data) }, rows: 1 };
  }
  throw new FeaturetapError(
    'INPUT_INVALID',
    'Expected a path, a file: URL, a Uint8Array of an encoded image, { width, height, data } or ' +
      `{ dtype, shape, data } in ${where}, got ${describe(input)}.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function describe(value: unknown): string {
  if (!isObject(value)) return String(value);
  return `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no members'}`;
}

function toPath(url: URL, where: string): string {
  if (url.protocol === 'file:') return fileURLToPath(url);
  throw new FeaturetapError(
    'INPUT_INVALID',
    `Expected a file: URL in ${where}, got a ${url.protocol} URL. Fetch the image and give its bytes.`,
  );
}

function imageShape(target: Manifest['input'], preprocess: PreprocessSpec): readonly number[] {
  const [channels, height, width] = preprocess.inputSize;
  return target.layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
}

/** Buffers of a planned item, all of them our own copies. */
export function ownedBuffers(item: BatchItem): ArrayBuffer[] {
  if (item.kind === 'tensor') return [item.tensor.data.buffer as ArrayBuffer];
  if (item.kind === 'pixels') return [item.image.data.buffer as ArrayBuffer];
  return typeof item.source === 'string' ? [] : [item.source.buffer as ArrayBuffer];
}
