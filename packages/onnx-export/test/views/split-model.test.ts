import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { planTaps } from '../../src/plan-taps.js';
import { tapModel } from '../../src/tap-model.js';
import { splitModel } from '../../src/views/split-model.js';
import { concatBytes } from '../../src/proto/encode.js';
import { readSegments, type Segment } from '../../src/write/segments.js';
import { linkWeights } from '../../src/write/link-weights.js';
import { buildModel, WIDE_CNN, type ModelSpec } from '../build-model.js';
import { modelBytes, parse } from '../read-fixture.js';
import { bits, run } from '../run-model.js';
import type { Model } from '../../src/proto/model.js';

async function bytesOf(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

type Level = 'disabled' | 'all';

async function runHead(bytes: Uint8Array, feeds: Record<string, Tensor>, level: Level) {
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: level,
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return { outputs: await session.run(feeds), inputs: session.inputNames };
}

/** A classifier of a 1x1 convolution over [N, D, 1, 1], as MobileNetV3 has it. */
const CONV_HEAD: ModelSpec = {
  ...WIDE_CNN,
  nodes: [
    ...WIDE_CNN.nodes.slice(0, 8),
    { op: 'Conv', inputs: ['gap', 'fc'], output: 'scores' },
    { op: 'Flatten', inputs: ['scores'], output: 'probabilities', int: { axis: 1 } },
  ],
  weights: { ...WIDE_CNN.weights, fc: [1000, 16, 1, 1] },
};

const MODELS: readonly (readonly [string, () => Uint8Array])[] = [
  ['a residual network with softmax', () => buildModel(WIDE_CNN)],
  ['a classifier of a 1x1 convolution', () => buildModel(CONV_HEAD)],
  ['a file before IR version 4', () => modelBytes('conv-ir3')],
  ['If bodies that use values from outside', () => modelBytes('if')],
  ['nested If bodies', () => modelBytes('nested-if')],
  ['tokens', () => modelBytes('tokens-opset18')],
  ['NHWC', () => modelBytes('nhwc')],
];

describe('splitModel', () => {
  for (const [name, make] of MODELS) {
    it.each(['disabled', 'all'] as const)(
      `computes with head after backbone what the whole of ${name} does, optimisation %s`,
      async (level) => {
        const model = await parse(make());
        const plan = planTaps(model);
        const full = await tapModel(model, plan);
        const { backbone, head } = await splitModel(model, plan);
        const options = { graphOptimizationLevel: level } as const;
        const whole = await run(await bytesOf(model, full.segments), options);
        const features = await run(await bytesOf(model, backbone.segments), options);
        const logits = full.manifest.record.logits as { output: string };
        expect([...features.keys()]).not.toContain(logits.output);
        for (const [key, tensor] of features) {
          if (!whole.has(key)) continue;
          expect(bits(tensor).equals(bits(whole.get(key)!)), key).toBe(true);
        }
        const input = head.manifest.input.name;
        const result = await runHead(
          await bytesOf(model, head.segments),
          { [input]: features.get(input)! },
          level,
        );
        expect(result.inputs).toEqual([input]);
        const got = result.outputs[head.manifest.logits.output]!;
        expect(bits(got).equals(bits(whole.get(logits.output)!))).toBe(true);
      },
    );
  }

  it('leaves the weights of the other part out of each', async () => {
    const model = await parse(buildModel(WIDE_CNN));
    const { backbone, head } = await splitModel(model, planTaps(model));
    const names = async (segments: readonly Segment[]): Promise<string[]> =>
      (await parse(await bytesOf(model, segments))).graph.initializers.map((t) => t.name);
    expect(await names(head.segments)).toEqual(['fc']);
    expect(await names(backbone.segments)).toEqual(['w0', 'w1', 'w2']);
    const parsed = await parse(await bytesOf(model, head.segments));
    expect(parsed.graph.nodes.map(({ opType }) => opType)).toEqual(['Identity', 'Gemm']);
    expect(parsed.graph.valueInfos).toEqual([]);
  });

  it('refers to the weights of both parts in one file', async () => {
    const model = await parse(buildModel(WIDE_CNN));
    const splices = await linkWeights(model, 'model.onnx');
    const weights = { splices, files: [{ location: 'model.onnx', bytes: model.source.size }] };
    const { backbone, head } = await splitModel(model, planTaps(model), { weights });
    for (const { segments, manifest } of [backbone, head]) {
      const bytes = await bytesOf(model, segments);
      expect(bytes.length).toBeLessThan(6000);
      expect(manifest.weightFiles).toEqual(weights.files);
      const { initializers } = (await parse(bytes)).graph;
      expect(initializers.filter(({ external }) => external !== undefined).length).toBeGreaterThan(
        0,
      );
    }
  });

  it('refuses a network without a classifier', async () => {
    const spec = { ...WIDE_CNN, nodes: WIDE_CNN.nodes.slice(0, 7) };
    const model = await parse(
      buildModel({ ...spec, output: { name: 'r2', shape: ['batch', 16, 4, 4] } }),
    );
    const split = splitModel(model, planTaps(model));
    await expect(split).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
  });
});
