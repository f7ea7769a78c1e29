import { throwIfAborted } from '../image/abort.js';
import { decodePixels, openEncodedImage, type EncodedImage } from '../image/encoded-image.js';
import { readImageBytes, type ImageSource } from '../image/read-image-bytes.js';
import type { RgbImage } from '../image/rgb-image.js';
import type { DecodePolicy, PreprocessSpec } from '../spec/preprocess-spec.js';
import { decodeExact } from './decode-exact.js';
import { planFastResize, type FastResize } from './plan-fast-resize.js';
import type { ResampleMode } from './resample-mode.js';

/** How {@link decodeResized} decodes. */
interface DecodeResizedOptions {
  /** What happens to orientation tags, colour profiles and CMYK. */
  readonly policy: DecodePolicy;
  /**
   * Whether the pixels must equal those of decodeImage and resizeAndCrop.
   *
   * @defaultValue 'fast'
   */
  readonly resample?: ResampleMode;
  /** Stops between reading, checking and decoding; a decode under way runs to its end. */
  readonly signal?: AbortSignal;
}

/**
 * Decodes an image straight to the input size of a model.
 *
 * In mode `fast` libvips shrinks while it decodes: the pixels are near those of decodeImage and
 * resizeAndCrop, not equal. In mode `exact`, and where libvips cannot come near
 * ({@link planFastResize}), they are equal.
 *
 * @throws FeaturetapError as decodeImage and resizeAndCrop, with the same codes for the same images
 */
export async function decodeResized(
  source: ImageSource,
  spec: PreprocessSpec,
  { policy, resample = 'fast', signal }: DecodeResizedOptions,
): Promise<RgbImage> {
  throwIfAborted(signal);
  const file = await readImageBytes(source);
  throwIfAborted(signal);
  const image = await openEncodedImage(file);
  throwIfAborted(signal);
  const fast = resample === 'fast' ? planFastResize(image, spec, policy) : null;
  const resized =
    fast === null ? await decodeExact(image, spec, policy) : await resizeFast(image, fast);
  throwIfAborted(signal);
  return resized;
}

async function resizeFast(image: EncodedImage, fast: FastResize): Promise<RgbImage> {
  const { x, y } = fast.plan;
  const pipeline = image
    .pipeline(fast.open)
    .resize({
      width: x.to,
      height: y.to,
      fit: 'fill',
      kernel: fast.kernel,
      // Leaves the kernel a factor of two: JPEG shrinks while it decodes from 4x on, WebP never.
      // With `true`, 1 - cosine of the demo's pooled rises from 0.0014 to 0.008 for JPEG and 0.019
      // for WebP, and more first labels change.
      fastShrinkOnLoad: false,
    })
    // All rows, so that an image which ends early fails even where the crop leaves its end out.
    .extract({ left: x.first, top: 0, width: x.count, height: y.to })
    .toColourspace('srgb')
    .raw();
  const { data } = await decodePixels(pipeline, image.name);
  const rowBytes = x.count * 3;
  const crop = data.subarray(y.first * rowBytes, (y.first + y.count) * rowBytes);
  return { width: x.count, height: y.count, data: crop };
}
