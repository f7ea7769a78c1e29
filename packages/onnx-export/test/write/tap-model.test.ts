import { FeaturetapError, MANIFEST_KEY, type FieldName } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../src/proto/encode.js';
import { GRAPH, MODEL } from '../../src/proto/fields.js';
import { readModel } from '../../src/proto/read-model.js';
import { tapModel, type TapOptions } from '../../src/tap-model.js';
import { planTaps } from '../../src/plan-taps.js';
import { encodeMetadata } from '../../src/write/encode-edit.js';
import { readSegments } from '../../src/write/segments.js';
import { buildModel, SMALL_CNN } from '../build-model.js';
import { readWire } from '../read-wire.js';

async function tap(original: Uint8Array, options?: TapOptions): Promise<Uint8Array> {
  const model = await readModel(bytesSource(original));
  const { segments } = await tapModel(model, planTaps(model), options);
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

function graphFields(model: Uint8Array, field: number): Uint8Array[] {
  const graph = readWire(model).find((member) => member.field === MODEL.graph);
  return readWire(graph!.bytes)
    .filter((member) => member.field === field)
    .map(({ whole }) => whole);
}

function outputNames(model: Uint8Array): string[] {
  return graphFields(model, GRAPH.output).map((whole) => {
    const [output] = readWire(whole);
    return text(readWire(output!.bytes)[0]?.bytes);
  });
}

describe('tapModel', () => {
  const original = buildModel(SMALL_CNN);

  it('keeps every original message byte for byte, in order, in one graph', async () => {
    const tapped = await tap(original);
    expect(readWire(tapped).filter(({ field }) => field === MODEL.graph)).toHaveLength(1);
    for (const field of [GRAPH.node, GRAPH.initializer, GRAPH.input, GRAPH.output]) {
      const before = graphFields(original, field);
      const after = graphFields(tapped, field);
      expect(after.length).toBeGreaterThanOrEqual(before.length);
      before.forEach((bytes, i) => expect(Buffer.from(bytes).equals(after[i]!)).toBe(true));
    }
  });

  it('adds outputs behind the original ones and shares what two fields have in common', async () => {
    // Unpooled is the last stage.
    expect(outputNames(await tap(original))).toEqual([
      'probabilities',
      'stages.0',
      'stages.1',
      'pooled',
      'logits',
    ]);
  });

  it('suffixes a name that is taken', async () => {
    const nodes = SMALL_CNN.nodes.map((node) => ({
      ...node,
      output: node.output === 'r0' ? 'stages.0' : node.output,
      inputs: node.inputs.map((name) => (name === 'r0' ? 'stages.0' : name)),
    }));
    expect(outputNames(await tap(buildModel({ ...SMALL_CNN, nodes })))).toContain('stages.0_1');
  });

  it('suffixes a name that a value has which nothing uses', async () => {
    const unused = { op: 'Relu', inputs: ['r1'], output: 'pooled' };
    const nodes = [...SMALL_CNN.nodes, unused];
    expect(outputNames(await tap(buildModel({ ...SMALL_CNN, nodes })))).toContain('pooled_1');
  });

  it('embeds one manifest and keeps other metadata', async () => {
    const metadata = [encodeMetadata('author', 'somebody')];
    const tapped = await tap(buildModel({ ...SMALL_CNN, metadata }));
    const entries = readWire(tapped)
      .filter(({ field }) => field === MODEL.metadataProps)
      .map(({ bytes }) => readWire(bytes).map((member) => text(member.bytes)));
    expect(entries.map(([key]) => key)).toEqual(['author', MANIFEST_KEY]);
    expect(JSON.parse(entries[1]![1]!)).toMatchObject({ version: 1, architecture: null });
  });

  it('exposes only what is asked for', async () => {
    const names = outputNames(await tap(original, { fields: ['stages', 'pooled'], stages: [-1] }));
    expect(names).toEqual(['probabilities', 'stages.1', 'pooled']);
  });

  it('exposes a named value', async () => {
    const outputs = [{ name: 'stem', value: 'r0' }];
    expect(outputNames(await tap(original, { fields: ['logits'], outputs }))).toEqual([
      'probabilities',
      'logits',
      'stem',
    ]);
  });

  it.each<[string, TapOptions]>([
    ['a stage beyond the last', { stages: [9] }],
    ['a value that is not there', { outputs: [{ name: 'x', value: 'nowhere' }] }],
  ])('refuses %s', async (_name, options) => {
    await expect(tap(original, options)).rejects.toMatchObject({ code: 'TAP_NOT_FOUND' });
  });

  it('refuses a field that the network lacks when it is named', async () => {
    const spec = { ...SMALL_CNN, nodes: SMALL_CNN.nodes.slice(0, 9) };
    const headless = buildModel({ ...spec, output: { name: 'flat', shape: ['batch', 16] } });
    const fields: FieldName[] = ['logits'];
    await expect(tap(headless, { fields })).rejects.toBeInstanceOf(FeaturetapError);
  });

  it('refuses a file that is tapped already, and plans by its manifest', async () => {
    const tapped = await tap(original);
    await expect(tap(tapped)).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
    const plan = planTaps(await readModel(bytesSource(tapped)));
    expect(plan.record.pooled).toMatchObject({ value: 'pooled', evidence: 'manifest' });
  });
});
