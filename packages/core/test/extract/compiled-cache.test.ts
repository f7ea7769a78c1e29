import {
  copyFileSync,
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createExtractor, type Extractor } from '../../src/index.js';

const tiny = fileURLToPath(new URL('../fixtures/models/tiny.onnx', import.meta.url));
const linked = fileURLToPath(new URL('../fixtures/models/tiny-linked.onnx', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'featuretap-compiled-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function bits(extractor: Extractor): Promise<string> {
  const { input } = extractor.manifest;
  const shape = input.shape.map((dim, axis) =>
    typeof dim === 'number' ? dim : axis === 0 ? 2 : 8,
  );
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i));
  const { pooled, stages } = await extractor.run({ dtype: 'float32', shape, data });
  const views = [...stages, pooled!].map((tensor) => tensor.data as Float32Array);
  return views
    .map((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex'))
    .join();
}

describe('createExtractor with compiledCache', () => {
  it.each([
    ['a model', tiny],
    ['a model whose weights are beside it', linked],
  ])('gives the bits of %s as it is, from an entry that the next one finds', async (name, file) => {
    await using plain = await createExtractor(file);
    expect(plain.compiled).toBeNull();
    const compiledCache = { folder: join(folder, name) };
    await using first = await createExtractor(file, { compiledCache, workers: 2, threads: 1 });
    expect(first.compiled).toMatchObject({ state: 'built' });
    await using second = await createExtractor(file, { compiledCache });
    expect(second.compiled).toMatchObject({ state: 'hit' });
    expect(await bits(first)).toBe(await bits(plain));
    expect(await bits(second)).toBe(await bits(plain));
    expect(readdirSync(compiledCache.folder)).toHaveLength(1);
  });

  it('falls back to the plain model, with the reason', async () => {
    writeFileSync(join(folder, 'file'), '');
    const compiledCache = { folder: join(folder, 'file') };
    await using extractor = await createExtractor(tiny, { compiledCache });
    expect(extractor.compiled).toMatchObject({ state: 'failed' });
    await using plain = await createExtractor(tiny);
    expect(await bits(extractor)).toBe(await bits(plain));
    const unoptimised = { compiledCache, graphOptimizationLevel: 'disabled' } as const;
    await using slow = await createExtractor(tiny, unoptimised);
    expect(slow.compiled).toMatchObject({ state: 'failed' });
  });

  it('compiles a large file without being asked, unless told not to', async () => {
    const large = join(folder, 'large.onnx');
    copyFileSync(tiny, large);
    const padding = 16 * 2 ** 20;
    // A field that no version of ONNX knows: number 1000, bytes of a length that takes four bytes.
    appendFileSync(large, Uint8Array.of(0xc2, 0x3e, 0x80, 0x80, 0x80, 0x08));
    appendFileSync(large, new Uint8Array(padding));
    vi.stubEnv('FEATURETAP_CACHE', join(folder, 'user'));
    try {
      await using told = await createExtractor(large, { compiledCache: false });
      expect(told.compiled).toBeNull();
      await using unoptimised = await createExtractor(large, {
        graphOptimizationLevel: 'disabled',
      });
      expect(unoptimised.compiled).toBeNull();
      await using extractor = await createExtractor(large);
      expect(extractor.compiled).toMatchObject({ state: 'built' });
      expect(await bits(extractor)).toBe(await bits(told));
      await using small = await createExtractor(tiny);
      expect(small.compiled).toBeNull();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('refuses options that it does not know', async () => {
    const compiledCache = { folders: folder } as object;
    const extractor = createExtractor(tiny, { compiledCache });
    await expect(extractor).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
