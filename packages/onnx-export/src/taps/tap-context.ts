import type { Dim, Manifest } from '@featuretap/core/spec';
import { findCutValues, type DataFlow } from '../graph/cut-values.js';
import { findImageInput } from '../graph/find-image-input.js';
import type { GraphIndex } from '../graph/graph-index.js';
import type { Node } from '../proto/model.js';
import { modulePath, type ModulePath } from '../scopes/module-path.js';
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
  /** The modules that the file's names tell of. */
  readonly modules: ModuleMap;
}

/** The output with class scores: the first of rank 2, or the first. */
function classifierOutput(index: GraphIndex, shapeOf: TapContext['shapeOf']): string {
  const names = index.model.graph.outputs.map(({ name }) => name);
  return names.find((name) => shapeOf(name)?.length === 2) ?? names[0] ?? '';
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
  const paths = new Map<Node, ModulePath | null>();
  const pathOfNode = (node: Node): ModulePath | null => {
    let path = paths.get(node);
    if (path === undefined) {
      path = modulePath(node);
      paths.set(node, path);
    }
    return path;
  };
  const [height, width] = [sides?.[0], sides?.[1]];
  const flow = findCutValues(index, input.name, output);
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
    modules: createModuleMap({ index, flow, pathOfNode }),
  };
}
