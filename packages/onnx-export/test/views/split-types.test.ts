// Models made by tools/python/make_type_fixtures.py.
import { readFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/proto/encode.js';
import type { Model } from '../../src/proto/model.js';
import { planTaps } from '../../src/plan-taps.js';
import { splitModel } from '../../src/views/split-model.js';
import { readSegments, type Segment } from '../../src/write/segments.js';
import { parse } from '../read-fixture.js';
import { bits, run } from '../run-model.js';

async function bytesOf(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

const NAMES = ['qdq-int8', 'qdq-uint8', 'qoperator-int8', 'qoperator-uint8'];

describe('splitModel', () => {
  it.each(NAMES)('gives head and backbone of %s that compute what the whole does', async (name) => {
    const url = new URL(`../type-fixtures/${name}.onnx`, import.meta.url);
    const original = new Uint8Array(readFileSync(url));
    const model = await parse(original);
    const { backbone, head } = await splitModel(model, planTaps(model));
    const whole = await run(original);
    const features = await run(await bytesOf(model, backbone.segments));
    const session = await InferenceSession.create(await bytesOf(model, head.segments));
    const { name: input, dtype } = head.manifest.input;
    expect(features.get(input)?.type).toBe(dtype);
    const { [head.manifest.logits.output]: logits } = await session.run({
      [input]: features.get(input)!,
    });
    await session.release();
    expect(bits(logits!).equals(bits(whole.get('logits')!))).toBe(true);
    expect(new Set(logits!.data as Float32Array).size).toBeGreaterThan(3);
  });
});
