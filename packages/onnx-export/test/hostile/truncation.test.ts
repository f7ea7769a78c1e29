import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFeaturetapError } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../src/node/inspect-file.js';
import { tapFile } from '../../src/node/tap-file.js';
import { bytesField, concatBytes } from '../../src/proto/encode.js';
import { MODEL } from '../../src/proto/fields.js';
import { modelBytes } from '../read-fixture.js';
import { readWire } from '../read-wire.js';
import { tapBytes } from '../run-model.js';
import { outcome } from './outcome.js';

/** Codes of a file cut at each of its bytes, with the number of cuts. */
async function codesOfCuts(
  length: number,
  cut: (length: number) => Uint8Array,
): Promise<Map<string, number>> {
  const codes = new Map<string, number>();
  for (let at = 0; at < length; at++) {
    const code = await outcome(cut(at));
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

describe('a model cut off at every byte', () => {
  // Sparse and external tensors, bodies in bodies, half floats, undecodable names, a manifest.
  it.each(['external', 'nested-if', 'float16', 'undecodable-name', 'conv-ir3'])(
    '%s ends in a typed error, or is whole up to fields behind the graph',
    async (name) => {
      const model = modelBytes(name);
      const codes = await codesOfCuts(model.length, (at) => model.subarray(0, at));
      const wholeUntil = readWire(model).findIndex(({ field }) => field === MODEL.graph);
      const fieldsBehind = readWire(model).length - wholeUntil - 1;
      expect(codes.get('ok') ?? 0).toBeLessThanOrEqual(fieldsBehind);
      codes.delete('ok');
      expect([...codes.keys()].sort()).toEqual(['MODEL_NOT_ONNX', 'MODEL_TRUNCATED']);
    },
  );

  it('a tapped model ends in a typed error too, never in a plan from half a manifest', async () => {
    const tapped = await tapBytes(modelBytes('conv'));
    const codes = await codesOfCuts(tapped.length, (at) => tapped.subarray(0, at));
    codes.delete('ok'); // The original is whole where the manifest, the last field, has not begun.
    expect([...codes.keys()].sort()).toEqual(['MODEL_NOT_ONNX', 'MODEL_TRUNCATED']);
  });

  it('reports a file on disk by its code and writes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'featuretap-cut-'));
    const file = join(folder, 'cut.onnx');
    const model = modelBytes('external');
    const graphEnds = model.length - readWire(model).at(-1)!.whole.length;
    const codes = new Set<string>();
    for (let at = 0; at < graphEnds; at++) {
      writeFileSync(file, model.subarray(0, at));
      const tap = (): Promise<unknown> => tapFile(file, join(folder, 'out.onnx'));
      for (const attempt of [() => inspectFile(file), tap]) {
        codes.add(
          await attempt().then(
            () => 'ok',
            (error: unknown) => {
              if (isFeaturetapError(error)) return error.code;
              throw error;
            },
          ),
        );
      }
    }
    expect([...codes].sort()).toEqual(['MODEL_NOT_ONNX', 'MODEL_TRUNCATED']);
    expect(readdirSync(folder)).toEqual(['cut.onnx']);
  });
});

/** Replaces the graph of a model; all lengths fit. */
function withGraph(model: Uint8Array, graph: Uint8Array): Uint8Array {
  const fields = readWire(model).map(({ field, whole }) =>
    field === MODEL.graph ? bytesField(MODEL.graph, graph) : whole,
  );
  return concatBytes(fields);
}

describe('a message cut off inside a model whose lengths fit', () => {
  it.each(['conv', 'nested-if', 'external', 'tokens-opset18'])(
    'the graph of %s, at every byte',
    async (name) => {
      const model = modelBytes(name);
      const graph = readWire(model).find(({ field }) => field === MODEL.graph)!.bytes;
      const codes = await codesOfCuts(graph.length, (at) =>
        withGraph(model, graph.subarray(0, at)),
      );
      // A cut between two fields leaves a smaller graph, which may be a model of another kind.
      const boundaries = readWire(graph).length;
      const others = [...codes].filter(([code]) => code !== 'MODEL_TRUNCATED');
      expect(others.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(boundaries);
      expect(codes.get('MODEL_TRUNCATED')).toBeGreaterThanOrEqual(graph.length - boundaries);
    },
  );

  it.each(['conv', 'if', 'external'])(
    'every field of the graph of %s, at every byte',
    async (name) => {
      const model = modelBytes(name);
      const fields = readWire(readWire(model).find(({ field }) => field === MODEL.graph)!.bytes);
      const codes = new Set<string>();
      for (const [i, { field, bytes }] of fields.entries()) {
        // Weights may be cut anywhere: their values are not read.
        for (let at = 0; at < Math.min(bytes.length, 400); at++) {
          const graph = fields.map(({ whole }, j) =>
            i === j ? bytesField(field, bytes.subarray(0, at)) : whole,
          );
          codes.add(await outcome(withGraph(model, concatBytes(graph))));
        }
      }
      expect(codes).toContain('MODEL_TRUNCATED');
      expect(codes).toContain('ok');
    },
  );
});
