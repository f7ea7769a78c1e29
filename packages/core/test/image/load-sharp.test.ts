import { expect, it, vi } from 'vitest';

vi.mock('sharp', () => {
  throw new Error('Could not load the "sharp" module using this runtime');
});

it('loads sharp only to decode, and says what to do when it is missing', async () => {
  // Importing must work without sharp: the package is also used without images.
  const { decodeImage } = await import('../../src/image/decode-image.js');
  const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  await expect(decodeImage(png)).rejects.toMatchObject({
    code: 'RUNTIME_FAILED',
    message: expect.stringContaining('sharp') as string,
    cause: expect.any(Error) as Error,
  });
  // Not an image: refused before sharp is needed.
  const text = decodeImage(Buffer.from('hello'));
  await expect(text).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
});
