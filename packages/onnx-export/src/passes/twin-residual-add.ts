import type { Node } from '../proto/model.js';
import { freeName, type GraphEdit } from './graph-edit.js';

/** A twin: the edit with its nodes, and its value. */
interface Twin {
  readonly edit: GraphEdit;
  readonly value: string;
}

function onlyConsumer(edit: GraphEdit, value: string): Node | undefined {
  const consumers = edit.index.consumersOf.get(value) ?? [];
  return consumers.length === 1 ? consumers[0] : undefined;
}

/** Adds a node that computes an Add of the graph again, operands swapped. */
function addTwin(edit: GraphEdit, left: string, right: string, label: string): Twin {
  const name = freeName(edit, `featuretap/${label}/Add`);
  const node = {
    name,
    opType: 'Add',
    inputs: [right, left],
    outputs: [name],
    attributes: [],
  };
  return { edit: { ...edit, nodes: [...edit.nodes, node] }, value: name };
}

/** The bias Add behind a matrix product takes part in the fusion too, so it gets a twin of its own. */
function twinBias(edit: GraphEdit, operand: string, residual: Node, label: string): Twin {
  const node = edit.index.producerOf.get(operand);
  const [left, right] = node?.inputs ?? [];
  const hasBias = [left, right].some((name) => edit.index.constantOf.has(name ?? ''));
  if (node?.opType !== 'Add' || left === undefined || right === undefined || !hasBias) {
    return { edit, value: operand };
  }
  if (onlyConsumer(edit, operand) !== residual) return { edit, value: operand };
  return addTwin(edit, left, right, label);
}

/**
 * Recomputes a residual Add that only a LayerNormalization uses, and returns the twin's value.
 *
 * onnxruntime fuses bias, residual Add and norm (SkipLayerNormalization) as long as nothing else
 * uses the sums; a tap on them would undo the fusion and change the last bits of everything behind.
 * A twin takes the same operands in the other order, which gives the same bits and which common
 * subexpression elimination does not merge back.
 * Source: onnxruntime, core/optimizer/skip_layer_norm_fusion.cc.
 *
 * @returns the edit and value unchanged where there is no such pair.
 */
export function twinResidualAdd(edit: GraphEdit, value: string, label: string): Twin {
  const node = edit.index.producerOf.get(value);
  const [left, right] = node?.inputs ?? [];
  const norm = onlyConsumer(edit, value);
  if (node?.opType !== 'Add' || left === undefined || right === undefined) return { edit, value };
  if (norm?.opType !== 'LayerNormalization') return { edit, value };
  const first = twinBias(edit, left, node, label);
  const second = twinBias(first.edit, right, node, label);
  return addTwin(second.edit, first.value, second.value, label);
}
