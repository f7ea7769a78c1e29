import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoPhotos } from '@featuretap/demo';
import sharp from 'sharp';
import { seededRandom } from '../statistics.js';

/** Photos of the demo package: two PNG, one JPEG, 300 to 427 pixels high. */
export const PHOTOS: readonly string[] = Object.values(demoPhotos).map((photo) =>
  fileURLToPath(photo),
);

/** Size of a large photo, pixels: 12 megapixels. */
const LARGE = { width: 4000, height: 3000 };

/** Rows of the ready input. */
export const INPUT_ROWS = 8;

/** Writes a 12-megapixel JPEG of each photo. */
export async function writeLargePhotos(folder: string): Promise<string[]> {
  return Promise.all(
    PHOTOS.map(async (photo, index) => {
      const file = join(folder, `large-${index}.jpg`);
      const enlarged = sharp(photo)
        .removeAlpha()
        .resize({ ...LARGE, kernel: 'cubic' });
      await enlarged.jpeg({ quality: 90 }).toFile(file);
      return file;
    }),
  );
}

/** The photos again and again. */
export const repeatPhotos = (photos: readonly string[], count: number): string[] =>
  Array.from({ length: count }, (_, index) => photos[index % photos.length]!);

/** Writes float32 rows in [-2, 2), as normalised images have them, and returns the file. */
export function writeInput(folder: string, shape: readonly number[]): string {
  const random = seededRandom(1);
  const size = shape.reduce((product, dim) => product * dim, INPUT_ROWS);
  const file = join(folder, `input-${shape.join('x')}.f32`);
  writeFileSync(
    file,
    Float32Array.from({ length: size }, () => random() * 4 - 2),
  );
  return file;
}
