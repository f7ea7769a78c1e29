import { decodeResized } from '../preprocess/decode-resized.js';
import { fillCropped, fillImage, type InputData } from './fill-image.js';
import type { BatchItem } from './runner.js';
import type { WorkerSetup } from './worker-messages.js';

/** An image of a batch, encoded or decoded. */
export type ImageItem = Exclude<BatchItem, { kind: 'tensor' }>;

/**
 * Decodes an image if it must be, and puts it into its place in the batch.
 *
 * @param offset - index of the image's first value in `data`.
 * @throws FeaturetapError as decodeResized, resizeAndCrop and normalizeInto
 */
export async function fillFromImage(
  item: ImageItem,
  { preprocess, policy, resample = 'exact', input }: WorkerSetup,
  data: InputData,
  offset: number,
): Promise<void> {
  if (preprocess === null) throw new TypeError('An image came, but there is no preprocess spec.');
  if (item.kind === 'pixels') {
    fillImage(item.image, preprocess, input, data, offset);
    return;
  }
  const cropped = await decodeResized(item.source, preprocess, { policy, resample });
  fillCropped(cropped, preprocess, input, data, offset);
}
