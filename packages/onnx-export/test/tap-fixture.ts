// Taps models made by tools/python/make_type_fixtures.py and looks at what they return.
import { readFileSync } from 'node:fs';
import type { FieldOutput, Manifest } from '@featuretap/core/spec';
import type { Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { concatBytes } from '../src/proto/encode.js';
import { planTaps } from '../src/plan-taps.js';
import { tapModel, type TapOptions } from '../src/tap-model.js';
import type { TapPlan } from '../src/taps/plan.js';
import { readSegments } from '../src/write/segments.js';
import { parse } from './read-fixture.js';
import { bits, run } from './run-model.js';

export function typeFixture(name: string): Uint8Array {
  const url = new URL(`type-fixtures/${name}.onnx`, import.meta.url);
  return new Uint8Array(readFileSync(url));
}

interface Tapped {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

export async function tap(
  original: Uint8Array,
  options: TapOptions = {},
  change: (plan: TapPlan) => TapPlan = (plan) => plan,
): Promise<Tapped> {
  const model = await parse(original);
  const { segments, manifest } = await tapModel(model, change(planTaps(model)), options);
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return { bytes: concatBytes(parts), manifest };
}

export function fieldsOf({ record }: Manifest): FieldOutput[] {
  const { stages, unpooled, pooled, logits } = record;
  const fields = [...stages, unpooled, pooled, logits].flat();
  return fields.filter((field) => 'output' in field);
}

/** Every field is there, with the type and shape that the manifest says. */
export async function expectFields({ bytes, manifest }: Tapped): Promise<Map<string, Tensor>> {
  const outputs = await run(bytes, { graphOptimizationLevel: 'all' });
  const fields = fieldsOf(manifest);
  expect(fields.length).toBeGreaterThan(3);
  for (const { output, dtype, shape } of fields) {
    expect(outputs.get(output)?.type, output).toBe(dtype);
    expect(outputs.get(output)?.dims, output).toEqual(shape.map((d) => (d === 'batch' ? 2 : d)));
  }
  return outputs;
}

export function numbers(tensor: Tensor | undefined): number[] {
  if (tensor?.type === 'float16') return halves(tensor);
  return Array.from(tensor?.data as Float32Array, Number);
}

function halves(tensor: Tensor): number[] {
  const raw = bits(tensor);
  return Array.from({ length: raw.length / 2 }, (_, i) => {
    const half = raw.readUInt16LE(2 * i);
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
    return half & 0x8000 ? -size : size;
  });
}
