import { describe, expect, it } from 'vitest';
import { featureTensor } from '../../src/record/feature-tensor.js';
import { recordToTensors } from '../../src/record/record-tensors.js';
import { readManifest } from '../../src/session/read-manifest.js';
import type { Manifest } from '../../src/spec/manifest.js';
import { parseManifest } from '../../src/spec/parse-manifest.js';
import { bytesSource } from '../../src/wire/index.js';
import { fixture } from '../tensor/fixture.js';

const tiny = await readManifest(bytesSource(fixture('models/tiny.onnx')), 'tiny');

/** The manifest of a file whose stages have these numbers; undefined where it states none. */
function withNumbers(...numbers: readonly (number | undefined)[]): Manifest {
  const manifest = structuredClone(tiny);
  const [stage] = manifest.record.stages;
  manifest.record.stages = numbers.map((index, i) => ({
    ...stage!,
    output: `stage ${i}`,
    ...(index === undefined ? {} : { index }),
  }));
  return manifest;
}

function vector(value: number) {
  const data = Float32Array.of(value, value);
  return featureTensor({ dtype: 'float32', shape: [1, 2], layout: 'NC', data });
}

const RECORD = { stages: [vector(1), vector(2), vector(3)], pooled: vector(4) };

function names(manifest?: Manifest): Record<string, number> {
  const tensors = recordToTensors(RECORD, manifest);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, Number(data[0])]),
  );
}

describe('recordToTensors with a manifest', () => {
  it('gives stages the numbers that they have in the network', () => {
    expect(names(withNumbers(1, 2, 4))).toEqual({
      'stages.1': 1,
      'stages.2': 2,
      'stages.4': 3,
      pooled: 4,
    });
  });

  it('counts positions where the manifest states no number', () => {
    const counted = { 'stages.0': 1, 'stages.1': 2, 'stages.2': 3, pooled: 4 };
    expect(names(withNumbers(undefined, undefined, undefined))).toEqual(counted);
    expect(names()).toEqual(counted);
  });

  it('mixes both: the first stages are in their places, the last is not', () => {
    expect(Object.keys(names(withNumbers(undefined, undefined, 5)))).toEqual([
      'stages.0',
      'stages.1',
      'stages.5',
      'pooled',
    ]);
  });

  it('numbers branches of unpooled by position, whatever the stages have', () => {
    const record = { stages: [vector(1)], unpooled: [vector(2), vector(3)] };
    expect(Object.keys(recordToTensors(record, withNumbers(7)))).toEqual([
      'stages.7',
      'unpooled.0',
      'unpooled.1',
    ]);
  });
});

describe('the number of a stage in a manifest', () => {
  it('survives the JSON in the file', () => {
    const text = JSON.stringify(withNumbers(1, undefined));
    expect(parseManifest(text, 'test').record.stages.map(({ index }) => index)).toEqual([
      1,
      undefined,
    ]);
  });

  it.each([-1, 0.5, '1', null])('is a whole number from 0: %j is refused', (index) => {
    const text = JSON.stringify(withNumbers(1)).replace(
      '"index":1',
      `"index":${JSON.stringify(index)}`,
    );
    expect(() => parseManifest(text, 'test')).toThrow(/index/u);
  });
});
