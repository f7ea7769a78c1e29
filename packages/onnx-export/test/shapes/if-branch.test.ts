import { describe, expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { MAX_BODY_NODES } from '../../src/limits.js';
import { inferFacts } from '../../src/shapes/infer-facts.js';
import { buildModel, type ModelSpec } from '../build-model.js';
import { parse } from '../read-fixture.js';

type NodeSpec = ModelSpec['nodes'][number];

const constant = (output: string, values: number[]): NodeSpec => ({
  op: 'Constant',
  inputs: [],
  output,
  ints: { value_ints: values },
});

/** Puts 1 in front of a shape or leaves it, as torch does for sizes of a Resize. */
function choose(condition: number, more: readonly NodeSpec[] = []): ModelSpec {
  return {
    nodes: [
      constant('condition', [condition]),
      constant('sizes', [4, 4]),
      {
        op: 'If',
        inputs: ['condition'],
        output: 'chosen',
        bodies: {
          then_branch: {
            nodes: [
              ...more,
              constant('one', [1]),
              { op: 'Concat', inputs: ['one', 'sizes'], output: 'longer', int: { axis: 0 } },
            ],
            output: 'longer',
          },
          else_branch: {
            nodes: [{ op: 'Identity', inputs: ['sizes'], output: 'same' }],
            output: 'same',
          },
        },
      },
      { op: 'Conv', inputs: ['input', 'w'], output: 'out' },
    ],
    weights: { w: [4, 3, 1, 1] },
    output: { name: 'out', shape: ['batch', 4, 32, 32] },
  };
}

async function factsOf(spec: ModelSpec) {
  return inferFacts(indexGraph(await parse(buildModel(spec))), () => 2);
}

describe('an If whose condition is known', () => {
  it.each([
    [1, [1, 4, 4]],
    [0, [4, 4]],
  ])('returns what the branch for %i computes', async (condition, values) => {
    const facts = await factsOf(choose(condition));
    expect(facts.get('chosen')?.values).toEqual(values);
    expect(facts.has('longer')).toBe(false);
  });

  it('is left open when a body is larger than shape arithmetic is', async () => {
    const many = Array.from({ length: MAX_BODY_NODES }, (_, i) => constant(`c${i}`, [i]));
    expect((await factsOf(choose(1, many))).has('chosen')).toBe(false);
  });

  it('is left open when the condition is not known', async () => {
    const spec = choose(1);
    const nodes = spec.nodes.map((node) =>
      node.op === 'If' ? { ...node, inputs: ['input'] } : node,
    );
    expect((await factsOf({ ...spec, nodes })).has('chosen')).toBe(false);
  });
});
