import type { Dim, Manifest } from '@featuretap/core/spec';
import { findCutValues, type DataFlow } from '../graph/cut-values.js';
import { findImageInput } from '../graph/find-image-input.js';
import type { GraphIndex } from '../graph/graph-index.js';
import { PRODUCT_OPERATORS } from '../graph/product-operators.js';
import type { Node } from '../proto/model.js';
import { chooseScheme } from '../scopes/choose-scheme.js';
import type { ModulePath } from '../scopes/module-path.js';
import { mapLayouts, type MapLayout } from './map-layouts.js';
import { createModuleMap, type ModuleMap } from '../scopes/module-map.js';
import { inferShapes } from '../shapes/symbolic-shapes.js';

/** Everything that the sources of evidence look at, computed once. */
export interface TapContext {
  /** The graph. */
  readonly index: GraphIndex;
  /** The image input. */
  readonly input: Manifest['input'];
  /** Height and width of the input, pixels. */
  readonly inputSize: readonly [number, number];
  /** The graph output that the classifier ends in. */
  readonly output: string;
  /** Cut values between the input and that output. */
  readonly flow: DataFlow;
  /** Shape of a value, or undefined. */
  shapeOf(value: string): readonly Dim[] | undefined;
  /** The batch axis: its name, or its fixed size. */
  readonly batch: Dim;
  /** The node that makes a value. */
  producer(value: string): Node | undefined;
  /** Module path of a node, or null; parsed once. */
  pathOfNode(node: Node): ModulePath | null;
  /** Module path of the node that makes a value, or null. */
  pathOf(value: string): ModulePath | null;
  /** Whether every node tells its module; else only those with weights do, or none. */
  readonly hasScopes: boolean;
  /** Layouts of maps that operators tell of. */
  readonly layouts: ReadonlyMap<string, MapLayout>;
  /** Whether a value depends on a weighted product: before the first one it is still the image. */
  isComputed(value: string): boolean;
  /** Whether the file leaves height or width of the input open; `inputSize` is then assumed. */
  readonly hasOpenSides: boolean;
  /** Whether a convolution or pool strides height and width differently, as text networks do. */
  readonly hasUnevenStrides: boolean;
  /** The modules that the file's names tell of. */
  readonly modules: ModuleMap;
}

/** The output with class scores: the first of rank 2, or the first. */
function classifierOutput(index: GraphIndex, shapeOf: TapContext['shapeOf']): string {
  const names = index.model.graph.outputs.map(({ name }) => name);
  return names.find((name) => shapeOf(name)?.length === 2) ?? names[0] ?? '';
}

/** Operators that multiply by weights, quantised ones too. */
const PRODUCTS = new Set([...PRODUCT_OPERATORS, 'QLinearConv', 'ConvInteger']);

/** Values with data of the input that a product with weights stands behind. */
function computedValues(index: GraphIndex, flow: DataFlow): ReadonlySet<string> {
  const computed = new Set<string>();
  for (const node of index.nodes) {
    const isProduct = PRODUCTS.has(node.opType) && flow.carriesData(node.inputs[0] ?? '');
    if (!isProduct && !node.inputs.some((name) => computed.has(name))) continue;
    for (const name of node.outputs) computed.add(name);
  }
  return computed;
}

/**
 * Prepares a graph for finding taps.
 *
 * @throws FeaturetapError `MODEL_NO_IMAGE_INPUT`
 */
export function createTapContext(index: GraphIndex): TapContext {
  const input = findImageInput(index);
  const shapes = inferShapes(index, input.name);
  const output = classifierOutput(index, (value) => shapes.shapeOf(value));
  const sides = shapes.shapeOf(input.name)?.slice(input.layout === 'NCHW' ? 2 : 1);
  const scheme = chooseScheme(index);
  const paths = new Map<Node, ModulePath | null>();
  const pathOfNode = (node: Node): ModulePath | null => {
    let path = paths.get(node);
    if (path === undefined) {
      path = scheme.pathOf(node);
      paths.set(node, path);
    }
    return path;
  };
  const [height, width] = [sides?.[0], sides?.[1]];
  const declaredSides = input.shape.slice(...(input.layout === 'NCHW' ? [2, 4] : [1, 3]));
  const flow = findCutValues(index, input.name, output);
  const computed = computedValues(index, flow);
  return {
    index,
    input,
    inputSize: [typeof height === 'number' ? height : 0, typeof width === 'number' ? width : 0],
    output,
    flow,
    shapeOf: (value) => shapes.shapeOf(value),
    batch: shapes.batch,
    producer: (value) => index.producerOf.get(value),
    pathOfNode,
    pathOf: (value) => {
      const node = index.producerOf.get(value);
      return node === undefined ? null : pathOfNode(node);
    },
    hasScopes: scheme.isWhole,
    layouts: mapLayouts(index),
    isComputed: (value) => computed.has(value),
    hasOpenSides: declaredSides.some((side) => typeof side !== 'number'),
    hasUnevenStrides: index.nodes.some((node) => {
      const [first, second] = node.attributes.get('strides')?.ints ?? [];
      return second !== undefined && first !== second;
    }),
    modules: createModuleMap({ index, flow, pathOfNode }),
  };
}
