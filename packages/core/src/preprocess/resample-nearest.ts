import type { RgbImage } from '../image/rgb-image.js';
import type { ResizeAxis } from './resample-weights.js';

/**
 * Takes the nearest source pixel for each wanted output pixel.
 *
 * Pillow finds the positions by adding the scale over and over, so the rounding of those sums is
 * part of the result, and the sum must start at the first resized pixel even when the crop starts
 * later. Source: Pillow 13.0, `src/libImaging/Geometry.c`, `ImagingScaleAffine`.
 */
export function resampleNearest(image: RgbImage, x: ResizeAxis, y: ResizeAxis): RgbImage {
  const columns = nearestPositions(x);
  const rows = nearestPositions(y);
  const data = new Uint8Array(x.count * y.count * 3);
  let target = 0;
  for (const row of rows) {
    for (const column of columns) {
      // Pillow leaves what falls outside the source black; the sums can drift past the last pixel.
      if (row < image.height && column < image.width) {
        const at = (row * image.width + column) * 3;
        data[target] = image.data[at]!;
        data[target + 1] = image.data[at + 1]!;
        data[target + 2] = image.data[at + 2]!;
      }
      target += 3;
    }
  }
  return { width: x.count, height: y.count, data };
}

function nearestPositions(axis: ResizeAxis): Int32Array {
  const positions = new Int32Array(axis.count);
  const scale = axis.from / axis.to;
  let position = scale * 0.5;
  for (let i = 0; i < axis.first; i++) position += scale;
  for (let i = 0; i < axis.count; i++) {
    positions[i] = Math.trunc(position);
    position += scale;
  }
  return positions;
}
