// Small networks under the names that torch's TorchScript exporter gives, and catalogues for them.
import {
  FeaturetapError,
  type ArchitectureCatalogue,
  type ArchitectureEntry,
  type FieldEntry,
  type ModuleAnchor,
  type TapRecipe,
} from '@featuretap/core/spec';
import { indexGraph } from '../../src/graph/graph-index.js';
import { createTapContext, type TapContext } from '../../src/taps/tap-context.js';
import { buildModel, type ModelSpec } from '../build-model.js';
import { parse } from '../read-fixture.js';

export type NodeSpec = ModelSpec['nodes'][number];

export async function contextOf(spec: ModelSpec): Promise<TapContext> {
  return createTapContext(indexGraph(await parse(buildModel(spec))));
}

/** `conv` is what the module returns, `>conv` what it takes. */
export function anchors(...places: string[]): TapRecipe {
  return {
    kind: 'anchors',
    anchors: places.map((place): ModuleAnchor =>
      place.startsWith('>')
        ? { module: place.slice(1), at: 'input' }
        : { module: place, at: 'output' },
    ),
  };
}

export function field(
  recipe: TapRecipe,
  shape: readonly number[],
  rest: Partial<FieldEntry> = {},
): FieldEntry {
  const layout = shape.length === 1 ? 'NC' : shape.length === 2 ? 'NLC' : 'NCHW';
  return {
    recipe,
    shape: [...shape],
    layout,
    foldable: false,
    products: 0,
    operation: 'other',
    ...rest,
  };
}

/** A catalogue of a few entries, as `timmCatalogue` is one of many. */
export function catalogueOf(...entries: readonly ArchitectureEntry[]): ArchitectureCatalogue {
  return {
    find: (id) => {
      const entry = entries.find((known) => known.id === id);
      if (entry === undefined) throw new FeaturetapError('UNKNOWN_NAME', `no ${id}`);
      return entry;
    },
    withSignature: (signature) => entries.filter((entry) => entry.signature === signature),
    withShapeSignature: (signature) =>
      entries.filter(({ shapeSignature }) => shapeSignature === signature),
    distinctRecipes: (accept) =>
      entries.filter(({ stages, classifiers }) =>
        accept({
          lastStage: stages.at(-1)?.recipe ?? null,
          hasClassifier: classifiers.length > 0,
        }),
      ),
  };
}

/** The same graph under names that tell nothing. */
export function nameless(spec: ModelSpec): ModelSpec {
  return { ...spec, nodes: spec.nodes.map((node, i) => ({ ...node, name: `${node.op}_${i}` })) };
}

/** The same graph inside one more module. */
export function wrapped(spec: ModelSpec, module: string): ModelSpec {
  const nodes = spec.nodes.map((node) => ({ ...node, name: `/${module}${node.name ?? ''}` }));
  return { ...spec, nodes };
}

export function withoutHead(spec: ModelSpec, output: string, shape: readonly number[]): ModelSpec {
  const end = spec.nodes.findIndex((node) => node.output === output);
  const nodes = spec.nodes.slice(0, end + 1);
  return { ...spec, nodes, output: { name: output, shape: ['batch', ...shape] } };
}

const STRIDED = { strides: [2, 2], pads: [1, 1, 1, 1] };

/**
 * A stem [8, 16, 16], a residual block in `layer1`, a strided one in `layer2` [16, 8, 8], pooling,
 * and the classifier `fc`.
 */
export const CNN: ModelSpec = {
  nodes: [
    { op: 'Conv', inputs: ['input', 'w0'], output: 's', name: '/stem/conv/Conv', ints: STRIDED },
    { op: 'Relu', inputs: ['s'], output: 'stem', name: '/stem/act/Relu' },
    {
      op: 'Conv',
      inputs: ['stem', 'w1'],
      output: 'c1',
      name: '/layer1/conv/Conv',
      ints: { pads: [1, 1, 1, 1] },
    },
    { op: 'Add', inputs: ['c1', 'stem'], output: 'a1', name: '/layer1/Add' },
    { op: 'Relu', inputs: ['a1'], output: 'l1', name: '/layer1/act/Relu' },
    { op: 'Conv', inputs: ['l1', 'w2'], output: 'c2', name: '/layer2/conv/Conv', ints: STRIDED },
    { op: 'HardSwish', inputs: ['c2'], output: 'l2', name: '/layer2/act/HardSwish' },
    { op: 'GlobalAveragePool', inputs: ['l2'], output: 'gap', name: '/pool/GlobalAveragePool' },
    { op: 'Flatten', inputs: ['gap'], output: 'flat', name: '/Flatten', int: { axis: 1 } },
    { op: 'Gemm', inputs: ['flat', 'fc'], output: 'logits', name: '/fc/Gemm', int: { transB: 1 } },
  ],
  weights: { w0: [8, 3, 3, 3], w1: [8, 8, 3, 3], w2: [16, 8, 3, 3], fc: [10, 16] },
  output: { name: 'logits', shape: ['batch', 10] },
};

/** The entry of {@link CNN}; its fingerprints were computed with Python. */
export const CNN_ENTRY: ArchitectureEntry = {
  id: 'cnn',
  family: 'cnn',
  inputSize: [32, 32],
  fixedInputSize: false,
  classes: 10,
  prefixTokens: 0,
  classifiers: ['fc'],
  stages: [
    field(anchors('stem'), [8, 16, 16], { products: 1, operation: 'activate' }),
    field(anchors('layer1'), [8, 16, 16], { products: 2, operation: 'activate' }),
    field(anchors('layer2'), [16, 8, 8], { products: 3, operation: 'activate' }),
  ],
  reductions: [2, 2, 4],
  unpooled: [field(anchors('layer2'), [16, 8, 8], { products: 3, operation: 'activate' })],
  pooled: field(anchors('pool', '>fc'), [16], { products: 3, operation: 'pool' }),
  signature: '3:1702ba35',
  shapeSignature: '3:f0b200b3',
};

/** Int64 constants: no float weights. */
function constant(output: string, values: readonly number[]): NodeSpec {
  return { op: 'Constant', inputs: [], output, name: `/${output}`, ints: { value_ints: values } };
}

function scalar(output: string, value: number): NodeSpec {
  return { op: 'Constant', inputs: [], output, name: `/${output}`, int: { value_int: value } };
}

/**
 * 16 tokens of 8 channels without a token in front, two blocks, a norm, and two heads whose scores
 * are added: on tokens 0 and 1.
 */
export const TOKENS: ModelSpec = {
  nodes: [
    {
      op: 'Conv',
      inputs: ['input', 'w0'],
      output: 'map',
      name: '/patch_embed/proj/Conv',
      ints: { strides: [8, 8] },
    },
    constant('to_tokens', [0, 8, 16]),
    { op: 'Reshape', inputs: ['map', 'to_tokens'], output: 'ncl', name: '/patch_embed/Reshape' },
    {
      op: 'Transpose',
      inputs: ['ncl'],
      output: 'tokens',
      name: '/patch_embed/Transpose',
      ints: { perm: [0, 2, 1] },
    },
    { op: 'MatMul', inputs: ['tokens', 'w1'], output: 'm0', name: '/blocks/blocks.0/fc/MatMul' },
    { op: 'Add', inputs: ['tokens', 'm0'], output: 'b0', name: '/blocks/blocks.0/Add' },
    { op: 'MatMul', inputs: ['b0', 'w2'], output: 'm1', name: '/blocks/blocks.1/fc/MatMul' },
    { op: 'Add', inputs: ['b0', 'm1'], output: 'b1', name: '/blocks/blocks.1/Add' },
    {
      op: 'LayerNormalization',
      inputs: ['b1', 'gain'],
      output: 'normed',
      name: '/norm/LayerNormalization',
    },
    scalar('i0', 0),
    scalar('i1', 1),
    { op: 'Gather', inputs: ['normed', 'i0'], output: 't0', name: '/Gather', int: { axis: 1 } },
    { op: 'Gather', inputs: ['normed', 'i1'], output: 't1', name: '/Gather_1', int: { axis: 1 } },
    { op: 'Gemm', inputs: ['t0', 'head'], output: 'h0', name: '/head/Gemm', int: { transB: 1 } },
    {
      op: 'Gemm',
      inputs: ['t1', 'dist'],
      output: 'h1',
      name: '/head_dist/Gemm',
      int: { transB: 1 },
    },
    { op: 'Add', inputs: ['h0', 'h1'], output: 'logits', name: '/Add' },
  ],
  weights: { w0: [8, 3, 8, 8], w1: [8, 8], w2: [8, 8], gain: [8], head: [10, 8], dist: [10, 8] },
  output: { name: 'logits', shape: ['batch', 10] },
};
