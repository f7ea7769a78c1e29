import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Model, Node, TensorInfo, ValueInfo } from '../proto/model.js';
import { sortNodes } from './sort-nodes.js';

/** A graph with its relations, built once. */
export interface GraphIndex {
  /** The model that was indexed. */
  readonly model: Model;
  /** Nodes, each behind the nodes that make its inputs. */
  readonly nodes: readonly Node[];
  /** The node that makes a value. */
  readonly producerOf: ReadonlyMap<string, Node>;
  /** The nodes that use a value, also from within If, Loop and Scan bodies. */
  readonly consumersOf: ReadonlyMap<string, readonly Node[]>;
  /** Weights and constants, from initializers and `Constant` nodes. */
  readonly constantOf: ReadonlyMap<string, TensorInfo>;
  /** Graph inputs that are not initializers. */
  readonly inputs: readonly ValueInfo[];
  /** Declarations of inputs, outputs and intermediate values. */
  readonly declarationOf: ReadonlyMap<string, ValueInfo>;
}

/** Values that a node takes, also those that its bodies capture; absent optional inputs left out. */
export function usedValues(node: Node): string[] {
  return [...node.inputs, ...node.captures].filter((name) => name !== '');
}

/**
 * Indexes a model's graph.
 *
 * @throws FeaturetapError `MODEL_MALFORMED` when a value is made twice or the graph has a cycle.
 */
export function indexGraph(model: Model): GraphIndex {
  const { graph } = model;
  const producerOf = new Map<string, Node>();
  const consumersOf = new Map<string, Node[]>();
  const constantOf = new Map<string, TensorInfo>();
  for (const { name, dims, dataType } of graph.sparseInitializers) {
    constantOf.set(name, { name, dims, dataType, payloadBytes: 0 });
  }
  for (const tensor of graph.initializers) constantOf.set(tensor.name, tensor);
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producerOf.has(output)) {
        throw new FeaturetapError(
          'MODEL_MALFORMED',
          `Expected every value to be made once, but "${printableName(output)}" is made twice. ` +
            'Check the model with onnx.checker.',
        );
      }
      producerOf.set(output, node);
    }
    for (const name of new Set(usedValues(node))) {
      const consumers = consumersOf.get(name);
      if (consumers === undefined) consumersOf.set(name, [node]);
      else consumers.push(node);
    }
    const value = node.opType === 'Constant' ? constantTensor(node) : undefined;
    if (value !== undefined) constantOf.set(node.outputs[0] ?? '', value);
  }
  const declarationOf = new Map<string, ValueInfo>();
  for (const info of [...graph.valueInfos, ...graph.outputs, ...graph.inputs]) {
    declarationOf.set(info.name, info);
  }
  return {
    model,
    nodes: sortNodes(graph.nodes, producerOf, usedValues),
    producerOf,
    consumersOf,
    constantOf,
    inputs: graph.inputs.filter((input) => !constantOf.has(input.name)),
    declarationOf,
  };
}

function constantTensor(node: Node): TensorInfo | undefined {
  const base = { name: node.outputs[0] ?? '', payloadBytes: 0 };
  for (const attribute of node.attributes.values()) {
    if (attribute.name === 'value' && attribute.tensor) return attribute.tensor;
    const single = attribute.int ?? attribute.float;
    const dataType = attribute.int !== undefined || attribute.ints !== undefined ? 7 : 1;
    if (attribute.name === 'value_int' || attribute.name === 'value_float') {
      return { ...base, dims: [], dataType, values: single === undefined ? [] : [single] };
    }
    if (attribute.name === 'value_ints' || attribute.name === 'value_floats') {
      const values = attribute.ints ?? attribute.floats ?? [];
      return { ...base, dims: [values.length], dataType, values };
    }
  }
  return undefined;
}
