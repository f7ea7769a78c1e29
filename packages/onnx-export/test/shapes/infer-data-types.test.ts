// Goldens made by tools/python/make_type_fixtures.py.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import type { BodyNode } from '../../src/proto/model.js';
import { inferDataTypes } from '../../src/shapes/infer-data-types.js';
import { outputTypes } from '../../src/shapes/type-rules.js';
import { parse } from '../read-fixture.js';

function read(path: string): Uint8Array {
  const bytes = readFileSync(new URL(`../${path}`, import.meta.url));
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

function json(path: string): unknown {
  return JSON.parse(new TextDecoder().decode(read(path)));
}

const VALUES = json('type-fixtures/data-types.json') as Readonly<
  Record<string, Readonly<Record<string, number>>>
>;

/** The types that the operators tell, with nothing declared but the inputs. */
async function undeclared(bytes: Uint8Array): Promise<ReadonlyMap<string, number>> {
  const model = await parse(bytes);
  const outputs = model.graph.outputs.map((output) => ({ ...output, dataType: 0 }));
  const graph = { ...model.graph, valueInfos: [], outputs };
  return inferDataTypes(indexGraph({ ...model, graph }));
}

describe('inferDataTypes', () => {
  it.each(Object.entries(VALUES))('agrees with onnx and onnxruntime on %s', async (path, types) => {
    const inferred = inferDataTypes(indexGraph(await parse(read(path))));
    expect(Object.keys(types).length).toBeGreaterThan(5);
    for (const [value, type] of Object.entries(types)) {
      expect(inferred.get(value), value).toBe(type);
    }
  });

  it.each(Object.entries(VALUES))('needs no declarations in %s', async (path, types) => {
    const inferred = await undeclared(read(path));
    for (const [value, type] of Object.entries(types)) {
      expect(inferred.get(value), value).toBe(type);
    }
  });

  it('says nothing of a sequence', async () => {
    const inferred = await undeclared(read('type-fixtures/every-type.onnx'));
    expect(inferred.has('logits')).toBe(true);
    expect(inferred.has('list')).toBe(false);
    expect(inferred.has('list.kept')).toBe(false);
  });
});

interface OperatorCase {
  readonly opset: number;
  readonly inputs: readonly (number | null)[];
  readonly outputs: readonly (number | null)[];
}

const OPERATORS = Object.entries(
  json('type-fixtures/operators.json') as Readonly<Record<string, readonly OperatorCase[]>>,
);

/** Operators whose results are sequences or come from what a sequence holds, or from bodies. */
const OPEN: ReadonlySet<string> = new Set([
  ...['ConcatFromSequence', 'If', 'Loop', 'Optional', 'OptionalGetElement', 'Scan', 'SequenceAt'],
  ...['SequenceConstruct', 'SequenceEmpty', 'SequenceErase', 'SequenceInsert', 'SequenceMap'],
  ...['SplitToSequence'],
]);

describe('outputTypes', () => {
  it.each(OPERATORS)('gives results of %s the types of its schema', (opType, cases) => {
    for (const { opset, inputs, outputs } of cases) {
      const node: BodyNode = {
        name: '',
        opType,
        domain: '',
        inputs: inputs.map((_, i) => `in${i}`),
        outputs: outputs.map((_, i) => `out${i}`),
        attributes: new Map(),
        hasBodies: false,
        captures: [],
      };
      const types = inputs.map((type) => type ?? undefined);
      const found = outputTypes(node, types, opset);
      outputs.forEach((type, i) => {
        if (type === null) return;
        if (OPEN.has(opType) && found[i] === undefined) return;
        expect(found[i], `result ${i} in opset ${opset}`).toBe(type);
      });
    }
  });

  it('knows every operator', () => {
    expect(OPERATORS.length).toBeGreaterThan(190);
  });

  it('leaves operators of other domains open', () => {
    const node = { opType: 'Relu', domain: 'com.example', outputs: ['y'], inputs: ['x'] };
    const rest = { name: '', attributes: new Map(), hasBodies: false, captures: [] };
    expect(outputTypes({ ...node, ...rest }, [1], 18)).toEqual([]);
  });
});
