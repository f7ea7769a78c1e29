import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';

/** Photos of the demo package. */
export const PHOTOS = ['chelsea.png', 'coffee.png', 'rocket.jpg'] as const;

/** Path of a photo of the demo package. */
export function photoPath(name: (typeof PHOTOS)[number]): string {
  return fileURLToPath(new URL(`../../../demo/data/${name}`, import.meta.url));
}

/** A photo of the demo package, enlarged, to be encoded. */
export async function enlarge(name: (typeof PHOTOS)[number], factor: number): Promise<Sharp> {
  const photo = sharp(photoPath(name));
  const { width, height } = await photo.metadata();
  const [wide, high] = [Math.round(width * factor), Math.round(height * factor)];
  return photo.resize(wide, high, { fit: 'fill', kernel: 'lanczos3' });
}
