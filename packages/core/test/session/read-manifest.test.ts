import { describe, expect, it } from 'vitest';
import { readHeadManifest, readManifest } from '../../src/session/read-manifest.js';
import type { Manifest } from '../../src/spec/manifest.js';
import { bytesSource, type ByteSource } from '../../src/wire/index.js';
import { metadataEntry } from '../extract/with-metadata.js';
import { fixture } from '../tensor/fixture.js';

const untapped = fixture('models/tiny-no-manifest.onnx');
const tapped = fixture('models/tiny.onnx');
const manifest = await readManifest(bytesSource(tapped), 'tiny');

const entry = metadataEntry;

/** Protobuf messages are merged by concatenation. */
function withEntries(...entries: Uint8Array[]): ByteSource {
  return bytesSource(Buffer.concat([untapped, ...entries]));
}

function changed(change: object): Uint8Array {
  return entry('featuretap', JSON.stringify({ ...manifest, ...change }));
}

describe('readManifest', () => {
  it('finds the manifest among other metadata, before or behind the graph', async () => {
    const own = entry('featuretap', JSON.stringify(manifest));
    const source = withEntries(entry('author', 'someone'), own, entry('licence', 'Apache-2.0'));
    expect(await readManifest(source, 'x')).toEqual(manifest);
    const first = bytesSource(Buffer.concat([Uint8Array.of(8, 8), own, untapped.subarray(2)]));
    expect(await readManifest(first, 'x')).toEqual(manifest);
  });

  it('reads a few kilobytes of a file of 8 GB', async () => {
    const weights = 8 * 2 ** 30;
    // The graph's tag, and 8 GiB as a varint: 2^33 is 2^5 of the fifth group of 7 bits.
    const head = Uint8Array.of(8, 8, 7 * 8 + 2, 0x80, 0x80, 0x80, 0x80, 0x20);
    const tail = entry('featuretap', JSON.stringify(manifest));
    let read = 0;
    const source: ByteSource = {
      size: head.length + weights + tail.length,
      read(start, end) {
        read += end - start;
        const bytes = new Uint8Array(end - start);
        if (start < head.length) bytes.set(head.subarray(start, end));
        const tailStart = head.length + weights;
        if (end > tailStart) {
          bytes.set(
            tail.subarray(Math.max(0, start - tailStart), end - tailStart),
            Math.max(0, tailStart - start),
          );
        }
        return Promise.resolve(bytes);
      },
    };
    expect((await readManifest(source, 'x')).version).toBe(1);
    expect(read).toBeLessThan(200_000);
  });

  it.each<[string, ByteSource, string, RegExp]>([
    [
      'no manifest',
      withEntries(entry('author', 'x')),
      'MANIFEST_MISSING',
      /m\.onnx carries no manifest/u,
    ],
    [
      'two manifests',
      withEntries(changed({}), changed({})),
      'MANIFEST_INVALID',
      /one manifest, found several/u,
    ],
    [
      'a manifest that is no JSON',
      withEntries(entry('featuretap', '{')),
      'MANIFEST_INVALID',
      /in JSON/u,
    ],
    [
      'a manifest of another schema',
      withEntries(changed({ input: 3 })),
      'MANIFEST_INVALID',
      /Manifest of m\.onnx: input/u,
    ],
    [
      'a newer manifest',
      withEntries(changed({ version: 2 })),
      'MANIFEST_INVALID',
      /got 2: a newer featuretap/u,
    ],
    [
      'a text file',
      bytesSource(Buffer.from('# Model card\nThis is not a model.\n')),
      'MODEL_NOT_ONNX',
      /m\.onnx/u,
    ],
    ['an empty file', bytesSource(new Uint8Array(0)), 'MODEL_NOT_ONNX', /no graph/u],
    ['metadata without a graph', bytesSource(changed({})), 'MODEL_NOT_ONNX', /no graph/u],
    ['a file cut off', bytesSource(tapped.subarray(0, -1)), 'MODEL_TRUNCATED', /cut off/u],
    [
      'a file with damaged bytes',
      bytesSource(Buffer.concat([tapped, Uint8Array.of(7)])),
      'MODEL_MALFORMED',
      /damaged/u,
    ],
  ])('refuses %s', async (_, source, code, message) => {
    await expect(readManifest(source, 'm.onnx')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('types what it returns', () => {
    const typed: Manifest = manifest;
    expect(typed.record.stages).toHaveLength(2);
  });
});

describe('readHeadManifest', () => {
  it('reads what a head takes and returns', async () => {
    const head = await readHeadManifest(bytesSource(fixture('models/tiny-head.onnx')), 'h.onnx');
    expect(head.input).toEqual({
      name: 'pooled',
      dtype: 'float32',
      shape: ['batch', 6],
      layout: 'NC',
    });
    expect(head.source).toEqual(manifest.source);
  });

  it.each<[string, string, string, RegExp]>([
    [
      'a tapped model',
      'tiny',
      'MANIFEST_MISSING',
      /h\.onnx is a tapped model .* `createExtractor`/u,
    ],
    ['a model of another tool', 'tiny-no-manifest', 'MANIFEST_MISSING', /`featuretap split MODEL/u],
  ])('refuses %s', async (_, model, code, message) => {
    const source = bytesSource(fixture(`models/${model}.onnx`));
    await expect(readHeadManifest(source, 'h.onnx')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('of a file is not that of an extractor', async () => {
    const source = bytesSource(fixture('models/tiny-head.onnx'));
    await expect(readManifest(source, 'h.onnx')).rejects.toMatchObject({
      code: 'MANIFEST_MISSING',
      message: expect.stringMatching(
        /h\.onnx is a head view.*createExtractor\(BACKBONE, \{ head \}\).*`openHead`/u,
      ) as string,
    });
  });
});
