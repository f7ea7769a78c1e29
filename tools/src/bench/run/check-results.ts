import { checkedSpecs } from './contests.js';
import { DEMO } from './models.js';
import { PHOTOS } from './photos.js';
import type { ContestantSpec, FieldValues, Values, Work } from './protocol.js';
import type { Setting } from './setting.js';
import type { Workbench } from './workbench.js';

/** Largest difference of a field to the same field of another way, as a part of its scale. */
const TOLERANCE = 1e-4;

/** The same where another program computed it, with operators of its own. */
const FOREIGN_TOLERANCE = 1e-3;

/** Least cosine of the peer's logits and ours: it resizes otherwise. */
const LEAST_COSINE = 0.9;

/** What was found equal before the timing. */
export interface Checked {
  /** Largest difference of a field to the one of the untapped or tapped session, parts of its scale. */
  readonly largest: number;
  /** Whether the compiled form gave the bits of the plain one. */
  readonly cachedBits: boolean;
  /** Largest difference to timm's fields; null when timm is not there or has other weights. */
  readonly torch: number | null;
  /** Smallest cosine of a photo's logits, the peer's and ours; null without the peer. */
  readonly cosine: number | null;
}

async function valuesOf(bench: Workbench, spec: ContestantSpec, work: Work): Promise<Values> {
  const child = bench.start(spec);
  await child.ask({ op: 'load', spec, work });
  const values = await child.ask({ op: 'values', work });
  await child.end();
  for (const [field, { values: list }] of Object.entries(values)) {
    if (list.length > 0 && list.every(Number.isFinite) && new Set(list).size > 1) continue;
    throw new Error(`Expected numbers in ${field} of ${spec.kind}, got nothing or one number.`);
  }
  return values;
}

/** Largest difference of fields that both have, as a part of the field's largest number. */
export function largestDifference(found: Values, expected: Values): number {
  const shared = Object.keys(expected).filter((field) => field in found);
  if (shared.length === 0) throw new Error('Expected fields in common, found none.');
  return Math.max(...shared.map((field) => differenceOf(field, found[field]!, expected[field]!)));
}

function differenceOf(field: string, found: FieldValues, expected: FieldValues): number {
  const [a, b] = [found.shape, expected.shape].map((shape) => shape.join(', '));
  if (a !== b) throw new Error(`Expected ${field} of [${b}], got [${a}].`);
  const scale = Math.max(...expected.values.map(Math.abs));
  return Math.max(...expected.values.map((v, i) => Math.abs(v - found.values[i]!))) / scale;
}

/** Smallest cosine of rows. */
export function smallestCosine(first: FieldValues, second: FieldValues): number {
  const [rows = 0, width = 0] = first.shape;
  if (second.shape.join() !== first.shape.join()) {
    throw new Error(
      `Expected logits of [${first.shape.join(', ')}], got [${second.shape.join(', ')}].`,
    );
  }
  const cosines = Array.from({ length: rows }, (_, row) => {
    let [dot, a, b] = [0, 0, 0];
    for (let i = row * width; i < (row + 1) * width; i++) {
      const [x, y] = [first.values[i]!, second.values[i]!];
      dot += x * y;
      a += x * x;
      b += y * y;
    }
    return dot / Math.sqrt(a * b);
  });
  return Math.min(...cosines);
}

/**
 * Runs every kind of contestant once and compares what it gives.
 *
 * @throws Error when a result is not what it must be; nothing is timed then.
 */
export async function checkResults(bench: Workbench, setting: Setting): Promise<Checked> {
  const { model, input, shape } = setting;
  const work = { kind: 'tensor', file: input, shape, batch: 2 } as const;
  const specs = checkedSpecs(setting);
  const logits = await valuesOf(bench, specs.untapped, work);
  const record = await valuesOf(bench, specs.tapped, work);
  const two = await valuesOf(bench, specs.two, work);
  const ours = await valuesOf(bench, specs.ours, work);
  const cached = await valuesOf(bench, specs.cached, work);
  const few = await valuesOf(bench, specs.few, work);
  const fields = Object.keys(model.outputs);
  for (const found of [record, ours, cached]) {
    const missing = fields.filter((field) => !(field in found));
    if (missing.length > 0) throw new Error(`${model.id}: ${missing.join(', ')} did not come.`);
  }
  const pairs = [
    ['tapped logits', record, logits],
    ['logits and pooled of two networks', two, record],
    ['the extractor', ours, record],
    ['the compiled form', cached, record],
    ['a file of pooled and logits', few, record],
  ] as const;
  let largest = 0;
  for (const [name, found, expected] of pairs) {
    const difference = largestDifference(found, expected);
    if (!(difference <= TOLERANCE)) fail(model.id, name, difference, TOLERANCE);
    largest = Math.max(largest, difference);
  }
  const plain = { ...specs.cached, options: { workers: 2, threads: 1, compiledCache: false } };
  const cachedBits = largestDifference(cached, await valuesOf(bench, plain, work)) === 0;
  let torch: number | null = null;
  if (setting.hasTorch) {
    const spec = { kind: 'torch', name: model.architecture, threads: 1 } as const;
    const found = await valuesOf(bench, spec, work);
    const shapes = fields.map((field) => found[field]?.shape.join());
    if (shapes.join(';') !== fields.map((field) => record[field]?.shape.join()).join(';')) {
      throw new Error(`${model.id}: expected the shapes of timm's record.`);
    }
    // The demo model's real weights are not timm's random ones: only shapes can be the same.
    if (model.id !== DEMO.id) {
      torch = largestDifference(found, record);
      if (!(torch <= FOREIGN_TOLERANCE)) fail(model.id, "timm's record", torch, FOREIGN_TOLERANCE);
    }
  }
  return { largest, cachedBits, torch, cosine: await cosineOf(bench, setting) };
}

async function cosineOf(bench: Workbench, setting: Setting): Promise<number | null> {
  const { peer, model } = setting;
  const work = { kind: 'images', files: PHOTOS, batch: 1 } as const;
  const ours = await valuesOf(bench, checkedSpecs(setting).images, work);
  if (peer === null) return null;
  const { name } = model.manifest.input;
  const spec = { kind: 'peer', ...peer, name: model.id, input: name } as const;
  const theirs = await valuesOf(bench, spec, work);
  const cosine = smallestCosine(theirs.logits!, ours.logits!);
  if (!(cosine >= LEAST_COSINE)) {
    throw new Error(`${model.id}: expected logits near the peer's, got a cosine of ${cosine}.`);
  }
  return cosine;
}

function fail(model: string, what: string, difference: number, allowed: number): never {
  const found = difference.toExponential(1);
  throw new Error(`${model}: expected ${what} within ${allowed} of the scale, got ${found}.`);
}
