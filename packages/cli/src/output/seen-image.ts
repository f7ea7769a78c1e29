import type { RgbImage } from '@featuretap/core';
import type { PreprocessSpec } from '@featuretap/core/spec';

/** What the model saw of a photo: resized and cropped, before it was normalised. */
export async function seenImage(
  image: string,
  preprocess: PreprocessSpec | null,
): Promise<RgbImage> {
  const { decodeImage, resizeAndCrop } = await import('@featuretap/core');
  const decoded = await decodeImage(image);
  return preprocess === null ? decoded : resizeAndCrop(decoded, preprocess);
}
