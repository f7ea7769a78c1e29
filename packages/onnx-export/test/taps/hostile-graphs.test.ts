import {
  isFeaturetapError,
  type ArchitectureCatalogue,
  type ArchitectureEntry,
  type FieldEntry,
} from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { MAX_STAGES } from '../../src/limits.js';
import { readModel } from '../../src/proto/read-model.js';
import { tapModel } from '../../src/tap-model.js';
import { planTaps } from '../../src/plan-taps.js';
import { buildModel, SMALL_CNN, type ModelSpec } from '../build-model.js';

/** Far above what any of these takes when time follows the size of the graph. */
const HANG_MS = 15_000;

type Nodes = ModelSpec['nodes'];

const trunk = SMALL_CNN.nodes.slice(0, 9);

/** A graph that ends in 16 values for each image, which need not mean anything. */
function endsIn(name: string, nodes: Nodes): ModelSpec {
  return { ...SMALL_CNN, nodes, output: { name, shape: ['batch', 16] } };
}

/** Values `v0` (made from `first`), `v1`, …, each made from the one before. */
function chain(count: number, node: (previous: string, i: number) => Nodes[number]): Nodes {
  return Array.from({ length: count }, (_, i) => node(i === 0 ? 'flat' : `v${i - 1}`, i));
}

const WIDE = 200_000;

const LAST: FieldEntry = {
  recipe: { kind: 'anchors', anchors: [{ module: 'a0', at: 'output' }] },
  shape: [16, 8, 8],
  layout: 'NCHW',
  foldable: false,
  products: 3,
  operation: 'activate',
};

const ENTRY: ArchitectureEntry = {
  id: 'any',
  family: 'any',
  inputSize: [32, 32],
  fixedInputSize: false,
  classes: 10,
  prefixTokens: 0,
  classifiers: ['fc'],
  stages: [LAST],
  reductions: [4],
  unpooled: [LAST],
  pooled: { ...LAST, shape: [16], layout: 'NC', operation: 'pool' },
  signature: '',
  shapeSignature: '',
};

/** A catalogue that takes every file for one network, with or without names. */
const GULLIBLE: ArchitectureCatalogue = {
  find: () => ENTRY,
  withSignature: () => [ENTRY],
  withShapeSignature: () => [ENTRY],
  distinctRecipes: () => [ENTRY],
};

const GRAPHS: readonly [string, ModelSpec][] = [
  [
    'a map that 150 000 nodes rearrange',
    {
      ...SMALL_CNN,
      nodes: [
        ...SMALL_CNN.nodes,
        ...Array.from({ length: 150_000 }, (_, i) => ({
          op: 'Identity',
          inputs: ['r2'],
          output: `v${i}`,
        })),
      ],
    },
  ],
  [
    'sums of a value with itself, 2^40 paths',
    endsIn('v39', [
      ...trunk,
      ...chain(40, (from, i) => ({ op: 'Add', inputs: [from, from], output: `v${i}` })),
    ]),
  ],
  [
    'a chain of 20 000 sums',
    endsIn('v19999', [
      ...trunk,
      ...chain(20_000, (from, i) => ({ op: 'Add', inputs: [from, 'flat'], output: `v${i}` })),
    ]),
  ],
  [
    'module paths of 16 000 modules',
    {
      ...SMALL_CNN,
      nodes: SMALL_CNN.nodes.map((node) => ({
        ...node,
        name: `/${'a0/'.repeat(16_000)}${node.op}`,
      })),
    },
  ],
  [
    'ranks that double with each of 60 nodes',
    endsIn('v59', [
      ...trunk,
      ...chain(60, (from, i) => ({ op: 'Gather', inputs: [from, from], output: `v${i}` })),
    ]),
  ],
  [
    'maps whose size alternates 20 000 times',
    {
      ...SMALL_CNN,
      nodes: [
        ...SMALL_CNN.nodes.slice(0, 5),
        ...chain(20_000, (from, i) => ({
          op: 'Transpose',
          inputs: [i === 0 ? 'r1' : from],
          output: `v${i}`,
          ints: { perm: [0, 2, 1, 3] },
        })),
        ...SMALL_CNN.nodes
          .slice(5)
          .map((node) => (node.output === 'c2' ? { ...node, inputs: ['v19999', 'w2'] } : node)),
      ],
    },
  ],
  [
    'a node with 200 000 inputs',
    endsIn('wide', [
      ...trunk,
      { op: 'Sum', inputs: new Array<string>(WIDE).fill('flat'), output: 'wide' },
    ]),
  ],
];

describe('a hostile graph ends in a plan or a typed error', () => {
  it.each(GRAPHS)(
    '%s',
    async (_name, spec) => {
      const model = await readModel(bytesSource(buildModel(spec)));
      let outcome = 'ok';
      try {
        for (const options of [{}, { catalogue: GULLIBLE }]) {
          const plan = planTaps(model, options);
          expect(plan.record.stages.length).toBeLessThanOrEqual(MAX_STAGES);
          await tapModel(model, plan);
        }
      } catch (error) {
        if (!isFeaturetapError(error)) throw error;
        outcome = error.code;
      }
      expect(outcome).toBe('ok');
    },
    HANG_MS,
  );
});
