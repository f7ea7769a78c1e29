// Reheads models in memory, and computes what the new classifier must give.
import type { Manifest } from '@featuretap/core/spec';
import { concatBytes } from '../../src/proto/encode.js';
import type { Model } from '../../src/proto/model.js';
import { planTaps } from '../../src/plan-taps.js';
import type { NewHead } from '../../src/rehead/new-head.js';
import type { ReheadRequest } from '../../src/rehead/rehead-request.js';
import type { ReheadOptions } from '../../src/rehead/start-rehead.js';
import { reheadModel } from '../../src/rehead-model.js';
import type { TapPlan } from '../../src/taps/plan.js';
import { readSegments, type Segment } from '../../src/write/segments.js';
import type { Tensor } from 'onnxruntime-node';
import { parse } from '../read-fixture.js';

export interface Reheaded {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** The bytes of a written model. */
export async function join(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

export async function rehead(
  original: Uint8Array,
  request: ReheadRequest,
  options?: ReheadOptions,
  plan?: TapPlan,
): Promise<Reheaded> {
  const model = await parse(original);
  const { segments, manifest } = await reheadModel(
    model,
    plan ?? planTaps(model),
    request,
    options,
  );
  return { bytes: await join(model, segments), manifest };
}

/** A classifier of made-up numbers. */
export function newHead(classes: number, width: number, withBias = true): NewHead {
  const numbers = (count: number, from: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => Math.cos(from + 1.3 * i));
  return {
    weight: { shape: [classes, width], data: numbers(classes * width, 0.2) },
    ...(withBias ? { bias: { shape: [classes], data: numbers(classes, 5) } } : {}),
    labels: Array.from({ length: classes }, (_, i) => `class ${i}`),
  };
}

/** The numbers of a float32 or float16 tensor. */
export function numbersOf({ type, data }: Tensor): number[] {
  if (type !== 'float16') return Array.from(data as Float32Array);
  return Array.from(data as Uint16Array, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = (half & 1023) / 1024;
    return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
  });
}

/** pooled · weightᵀ + bias, in double precision. */
export function classify(pooled: Tensor, { weight, bias }: NewHead): number[] {
  const [classes = 0, width = 0] = weight.shape;
  const x = numbersOf(pooled);
  const rows = x.length / width;
  return Array.from({ length: rows * classes }, (_, i) => {
    const [row, k] = [Math.floor(i / classes), i % classes];
    let sum = bias?.data[k] ?? 0;
    for (let d = 0; d < width; d++) sum += x[row * width + d]! * weight.data[k * width + d]!;
    return sum;
  });
}

/** Softmax of each row. */
export function softmaxRows(scores: readonly number[], classes: number): number[] {
  return scores.flatMap((_, at) => {
    if (at % classes !== 0) return [];
    const powers = scores.slice(at, at + classes).map(Math.exp);
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  });
}

/** Largest difference of two lists of one length. */
export function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
