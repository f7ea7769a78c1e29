import { DATA_TYPE } from '../../src/proto/fields.js';
import type { ReheadRequest } from '../../src/rehead/rehead-request.js';
import { planTaps } from '../../src/plan-taps.js';
import type { TapPlan } from '../../src/taps/plan.js';
import { describe, expect, it } from 'vitest';
import { modelBytes, parse } from '../read-fixture.js';
import { bits, run, tapBytes } from '../run-model.js';
import {
  convHead,
  convMaps,
  distilled,
  quantized,
  flattened,
  softmax,
  squeezed,
} from './head-models.js';
import { untapModel } from '../../src/views/untap-model.js';
import {
  classify,
  distance,
  join,
  newHead,
  numbersOf,
  rehead,
  softmaxRows,
} from './rehead-bytes.js';

/** Float32 sums of six products in another order: a few units in the last place of numbers below 4. */
const TOLERANCE = 2e-6;

interface Case {
  readonly name: string;
  readonly original: Uint8Array;
  /** Names that only the old classifier used: its weights, and its values. */
  readonly gone: readonly string[];
  readonly tolerance?: number;
  /** A network whose features are where those of this one are, which are not found in it. */
  readonly sameAs?: Uint8Array;
}

async function planOf(original: Uint8Array): Promise<TapPlan> {
  return planTaps(await parse(original));
}

const CASES: readonly Case[] = [
  { name: 'conv', original: modelBytes('conv'), gone: ['fc.w', 'fc.b'] },
  { name: 'conv-ir3', original: modelBytes('conv-ir3'), gone: ['fc.w', 'fc.b'] },
  { name: 'nhwc', original: modelBytes('nhwc'), gone: ['fc.w'] },
  { name: 'tokens-opset9', original: modelBytes('tokens-opset9'), gone: ['fc.w', 'fc.b'] },
  { name: 'tokens-opset18', original: modelBytes('tokens-opset18'), gone: ['fc.w', 'fc.b'] },
  { name: 'if', original: modelBytes('if'), gone: ['fc.w', 'fc.b'] },
  { name: 'odd-names', original: modelBytes('odd-names'), gone: ['fc.w', 'fc.b'] },
  { name: 'unsorted', original: modelBytes('unsorted'), gone: ['fc.w', 'fc.b'] },
  // Eleven bits of fraction, on weights, bias and result.
  { name: 'float16', original: modelBytes('float16'), gone: ['fc.w', 'fc.b'], tolerance: 4e-3 },
  { name: 'quantised', original: quantized, gone: ['fc.w', 'fc.b', 's.scale', 'scores.q'] },
  { name: 'softmax behind', original: softmax, gone: ['fc.w', 'fc.b'] },
  { name: '1x1 convolution', original: convHead, gone: ['fc.w', 'fc.b', 'map'] },
  { name: '1x1 convolution, not flattened', original: convMaps, gone: ['fc.w', 'fc.b'] },
  { name: 'squeezed probabilities', original: squeezed, gone: ['fc.w', 'fc.b'], sameAs: convMaps },
  {
    name: 'two heads averaged',
    original: distilled,
    gone: ['fc.w', 'fc.b', 'dist.w', 'dist.b', 'a', 'b', 'sum', 'two'],
  },
];

const WIDTH = 6;
const CLASSES = 3;

/** Outputs that are computed from the logits. */
const BEHIND = new Set(['probabilities', 'soft']);

/** Names of the values of a graph: made, given or weights. */
async function namesIn(bytes: Uint8Array): Promise<Set<string>> {
  const { graph } = await parse(bytes);
  return new Set([
    ...graph.nodes.flatMap(({ outputs }) => outputs),
    ...[...graph.initializers, ...graph.inputs, ...graph.valueInfos].map(({ name }) => name),
  ]);
}

async function tappedAndNot({ original, sameAs }: Case) {
  const plan = await planOf(sameAs ?? original);
  const tapped = await tapBytes(original, {}, plan);
  return [
    { file: original, plan },
    { file: tapped, plan: await planOf(tapped) },
  ] as const;
}

describe.each(CASES)('a new classifier for $name', (given) => {
  const { original, gone, tolerance = TOLERANCE } = given;
  const head = newHead(CLASSES, WIDTH);

  it('gives the logits that are computed outside, and leaves the other fields alone', async () => {
    const before = await run((await tappedAndNot(given))[1].file);
    const expected = classify(before.get('pooled')!, head);
    for (const { file, plan } of await tappedAndNot(given)) {
      const { bytes, manifest } = await rehead(file, { kind: 'replace', ...head }, {}, plan);
      const after = await run(bytes);
      const { logits } = manifest.record;
      const output = 'output' in logits ? logits.output : '';
      expect(logits).toMatchObject({ shape: ['batch', CLASSES], layout: 'NC' });
      expect(after.get(output)!.dims).toEqual([2, CLASSES]);
      expect(distance(numbersOf(after.get(output)!), expected)).toBeLessThan(tolerance);
      const probabilities = after.get('probabilities');
      if (probabilities !== undefined) {
        const wanted = softmaxRows(expected, CLASSES);
        expect(probabilities.dims.slice(0, 2)).toEqual([2, CLASSES]);
        expect(distance(numbersOf(probabilities), wanted)).toBeLessThan(tolerance);
      }
      for (const [name, tensor] of before) {
        if (name === output || BEHIND.has(name)) continue;
        expect(bits(after.get(name)!).equals(bits(tensor))).toBe(true);
      }
    }
  });

  it('leaves nothing of the old one in the file', async () => {
    for (const { file, plan } of await tappedAndNot(given)) {
      const old = await namesIn(file);
      expect(gone.every((name) => old.has(name))).toBe(true);
      const { bytes } = await rehead(file, { kind: 'replace', ...head }, {}, plan);
      const left = await namesIn(bytes);
      expect(gone.filter((name) => left.has(name))).toEqual([]);
    }
  });

  it('beside the old one keeps all that was there, bit for bit', async () => {
    for (const { file, plan } of await tappedAndNot(given)) {
      const { bytes, manifest } = await rehead(
        file,
        { kind: 'beside', name: 'mine', ...head },
        {},
        plan,
      );
      const before = await run(file);
      const after = await run(bytes);
      // Where all are computed in float32, an output of a float16 network rounds what was not.
      const isExact = original !== FLOAT16 || file !== original;
      for (const [name, tensor] of before) {
        if (isExact) expect(bits(after.get(name)!).equals(bits(tensor))).toBe(true);
      }
      const expected = classify(after.get('pooled')!, head);
      expect(distance(numbersOf(after.get('mine')!), expected)).toBeLessThan(tolerance);
      expect(manifest.extras).toEqual([
        {
          output: 'mine',
          value: null,
          dtype: original === FLOAT16 ? 'float16' : 'float32',
          shape: ['batch', CLASSES],
          labels: head.labels,
        },
      ]);
    }
  });

  it('can be dropped: what is left returns pooled, bit for bit', async () => {
    const before = await run((await tappedAndNot(given))[1].file);
    for (const { file, plan } of await tappedAndNot(given)) {
      const { bytes, manifest } = await rehead(file, { kind: 'drop' }, {}, plan);
      const after = await run(bytes);
      expect(after.has('logits') || after.has('probabilities')).toBe(false);
      expect(bits(after.get('pooled')!).equals(bits(before.get('pooled')!))).toBe(true);
      expect(manifest).toMatchObject({
        labels: null,
        record: { logits: { value: null, reason: 'the classifier was dropped' } },
      });
      const left = await namesIn(bytes);
      expect([...gone, 'logits', 'scores'].filter((name) => left.has(name))).toEqual([]);
    }
  });
});

const FLOAT16 = CASES.find(({ name }) => name === 'float16')!.original;

describe('reheadModel', () => {
  const head = newHead(CLASSES, WIDTH);
  const replace: ReheadRequest = { kind: 'replace', ...head };

  it('records labels and shape, and goes on to name the original', async () => {
    const original = modelBytes('conv');
    const direct = await rehead(original, replace);
    const twice = await rehead(
      await tapBytes(original, { labels: ['a', 'b', 'c', 'd', 'e'] }),
      replace,
    );
    expect(twice.manifest.source).toEqual(direct.manifest.source);
    expect(twice.manifest.source.bytes).toBe(original.length);
    expect(twice.manifest.labels).toEqual(head.labels);
    expect(twice.manifest.record).toEqual(direct.manifest.record);
  });

  it('gives an original and a tapped file the same outputs', async () => {
    for (const original of [softmax, convMaps, distilled]) {
      const [a, b] = await Promise.all([
        rehead(original, replace).then(({ bytes }) => run(bytes)),
        tapBytes(original)
          .then((tapped) => rehead(tapped, replace))
          .then(({ bytes }) => run(bytes)),
      ]);
      expect([...b.keys()].sort()).toEqual([...a.keys()].sort());
      for (const [name, tensor] of a) expect(bits(b.get(name)!).equals(bits(tensor))).toBe(true);
    }
  });

  it('declares outputs with the new number of classes and drops stale declarations', async () => {
    const { bytes } = await rehead(softmax, replace);
    const { graph } = await parse(bytes);
    const declared = (name: string): unknown =>
      [...graph.outputs, ...graph.valueInfos].find((info) => info.name === name)?.shape;
    expect(declared('probabilities')).toEqual(['batch', CLASSES]);
    expect(declared('logits')).toEqual(['batch', CLASSES]);
    expect(declared('flat')).toEqual(['batch', WIDTH]);
    expect(declared('scores')).toBeUndefined();
  });

  it('declares what is behind positions that are flattened', async () => {
    const { graph } = await parse(
      (await rehead(flattened, replace, {}, await planOf(convMaps))).bytes,
    );
    const shapes = graph.outputs.map(({ name, shape }) => [name, shape]);
    expect(shapes).toContainEqual(['soft', ['batch', CLASSES, 1, 1]]);
    expect(shapes).toContainEqual(['flat', ['batch', CLASSES]]);
  });

  it('keeps the nodes in order', async () => {
    for (const original of [softmax, convMaps, await tapBytes(softmax)]) {
      const { graph } = await parse((await rehead(original, replace)).bytes);
      const made = new Set(['input', ...graph.initializers.map(({ name }) => name)]);
      for (const { inputs, outputs } of graph.nodes) {
        expect(inputs.filter((name) => !made.has(name))).toEqual([]);
        for (const name of outputs) made.add(name);
      }
    }
  });

  it('takes weights without a bias, in a model of every opset', async () => {
    const bare = newHead(CLASSES, WIDTH, false);
    for (const name of ['conv', 'conv-ir3']) {
      const { bytes } = await rehead(modelBytes(name), { kind: 'replace', ...bare });
      const outputs = await run(bytes);
      const expected = classify(outputs.get('pooled')!, bare);
      expect(distance(numbersOf(outputs.get('logits')!), expected)).toBeLessThan(TOLERANCE);
    }
  });

  it('can be repeated: replaced twice, with second heads between, the last one counts', async () => {
    const other = newHead(4, WIDTH);
    let file = (await rehead(softmax, { kind: 'beside', name: 'one', ...head })).bytes;
    file = (await rehead(file, { kind: 'replace', ...head })).bytes;
    file = (await rehead(file, { kind: 'beside', name: 'two', ...head })).bytes;
    const { bytes, manifest } = await rehead(file, { kind: 'replace', ...other });
    const outputs = await run(bytes);
    const pooled = outputs.get('pooled')!;
    expect(distance(numbersOf(outputs.get('logits')!), classify(pooled, other))).toBeLessThan(
      TOLERANCE,
    );
    for (const name of ['one', 'two']) {
      expect(distance(numbersOf(outputs.get(name)!), classify(pooled, head))).toBeLessThan(
        TOLERANCE,
      );
    }
    expect(manifest.extras?.map(({ output }) => output)).toEqual(['one', 'two']);
    const weights = (await parse(bytes)).graph.initializers.filter(({ name }) =>
      name.includes('weight'),
    );
    expect(weights.map(({ dims }) => dims)).toEqual([
      [3, 6],
      [3, 6],
      [4, 6],
    ]);
  });

  it('gives a network whose classifier was dropped a new first one', async () => {
    const headless = (await rehead(softmax, { kind: 'drop' })).bytes;
    const { bytes, manifest } = await rehead(headless, replace);
    const outputs = await run(bytes);
    const expected = classify(outputs.get('pooled')!, head);
    expect(distance(numbersOf(outputs.get('logits')!), expected)).toBeLessThan(TOLERANCE);
    expect(manifest.record.logits).toMatchObject({ output: 'logits', shape: ['batch', CLASSES] });
    expect(manifest.labels).toEqual(head.labels);
    const again = await rehead(bytes, { kind: 'replace', ...newHead(2, WIDTH) });
    expect((await run(again.bytes)).get('logits')!.dims).toEqual([2, 2]);
  });

  it('leaves inputs alone that nothing used before either', async () => {
    const requests: ReheadRequest[] = [
      { kind: 'drop' },
      { kind: 'beside', name: 'x', ...head },
      replace,
    ];
    for (const request of requests) {
      const { graph } = await parse(
        (await rehead(flattened, request, {}, await planOf(convMaps))).bytes,
      );
      expect(graph.inputs.map(({ name }) => name)).toEqual(['input', 'unused']);
    }
  });

  it('is taken back where it only added, and not where the original is gone', async () => {
    for (const original of [softmax, modelBytes('conv-ir3')]) {
      const added = await rehead(original, { kind: 'beside', name: 'mine', ...head });
      const model = await parse(added.bytes);
      expect(Buffer.from(await join(model, untapModel(model))).equals(original)).toBe(true);
      for (const request of [replace, { kind: 'drop' } as const]) {
        const other = await parse((await rehead(original, request)).bytes);
        expect(() => untapModel(other)).toThrow(/parts of the original are gone/);
      }
    }
  });

  it('computes in the type of the network where a tapped file returns another', async () => {
    const tapped = await tapBytes(softmax, { dtype: 'float16' });
    const { bytes, manifest } = await rehead(tapped, replace);
    const wanted = await run((await rehead(softmax, replace)).bytes);
    const found = await run(bytes);
    expect(bits(found.get('probabilities')!).equals(bits(wanted.get('probabilities')!))).toBe(true);
    expect(manifest.record.logits).toMatchObject({ dtype: 'float16', shape: ['batch', CLASSES] });
    expect(found.get('logits')!.type).toBe('float16');
  });

  it('exposes only the fields that were asked for', async () => {
    const { bytes } = await rehead(softmax, { kind: 'drop' }, { fields: ['pooled'] });
    expect([...(await run(bytes)).keys()]).toEqual(['pooled']);
  });

  it('rounds the weights of a float16 model to nearest, ties to even', async () => {
    const values = [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -24, 2 ** -25, -65504];
    const expected = [0x3c00, 0x3c00, 0x3c02, 1, 0, 0xfbff];
    const data = Float32Array.from(values);
    const { bytes } = await rehead(FLOAT16, { kind: 'replace', weight: { shape: [1, 6], data } });
    const { graph } = await parse(bytes);
    const added = graph.initializers.find(({ name }) => name === 'featuretap/head/weight')!;
    expect(added.dataType).toBe(DATA_TYPE.float16);
    const raw = Buffer.from(bytes.subarray(added.at.end - 12, added.at.end));
    expect(values.map((_, i) => raw.readUInt16LE(2 * i))).toEqual(expected);
    data[5] = 65520;
    await expect(
      rehead(FLOAT16, { kind: 'replace', weight: { shape: [1, 6], data } }),
    ).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});
