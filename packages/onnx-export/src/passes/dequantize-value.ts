import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { GraphIndex } from '../graph/graph-index.js';
import {
  isDequantize,
  isDynamicQuantize,
  isQuantize,
  resultQuantization,
} from '../graph/quantized-operators.js';
import { appendNode, type EditedValue } from './append-node.js';

/** Operators that move quantised numbers and keep their scale. */
const KEEP_SCALE: ReadonlySet<string> = new Set([
  ...['Flatten', 'Gather', 'Identity', 'MaxPool', 'Reshape', 'Slice', 'Split', 'Squeeze'],
  ...['Transpose', 'Unsqueeze', 'DepthToSpace', 'SpaceToDepth', 'Expand', 'Tile'],
]);

/**
 * The float value to take for a value beside a quantisation.
 *
 * Where all that uses a float value first quantises it, that is the result of the DequantizeLinear
 * behind. Where a value was quantised with a scale that was computed for it, the value before that.
 * Else the value itself.
 *
 * onnxruntime runs such pairs in integers as long as nothing else uses the value in front of them.
 * That value may differ from what the network uses, too: a Relu may be left to the quantisation.
 * Source: onnxruntime, core/optimizer/qdq_transformer.
 */
export function besideQuantization(index: GraphIndex, value: string): string {
  const { consumersOf, producerOf, model } = index;
  const producer = producerOf.get(value);
  if (producer !== undefined && isDynamicQuantize(producer) && producer.outputs[0] === value) {
    return producer.inputs[0] ?? value;
  }
  const [quantize, ...others] = consumersOf.get(value) ?? [];
  if (quantize === undefined || others.length > 0 || !isQuantize(quantize)) return value;
  if (quantize.inputs[0] !== value) return value;
  const [quantized = ''] = quantize.outputs;
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  if (outputs.has(value) || outputs.has(quantized)) return value;
  const [first, ...rest] = consumersOf.get(quantized) ?? [];
  if (first === undefined || ![first, ...rest].every(isDequantize)) return value;
  return first.outputs[0] ?? value;
}

/** Scale and zero point of a quantised value, from the node that makes or moves it. */
export function quantizationOf(
  index: GraphIndex,
  value: string,
): { scale: string; zeroPoint: string } | null {
  let name = value;
  // A moved value comes from an earlier node, so this ends.
  for (;;) {
    const node = index.producerOf.get(name);
    if (node === undefined) return null;
    const found = resultQuantization(node);
    if (found !== null) return found;
    if (node.domain !== '' || !KEEP_SCALE.has(node.opType)) return null;
    name = node.inputs[0] ?? '';
  }
}

/** Whether a constant is one number: a scale for the whole value. */
function isSingle(index: GraphIndex, name: string): boolean {
  return index.constantOf.get(name)?.dims.every((dim) => dim === 1) === true;
}

/**
 * Turns a quantised value into float: the DequantizeLinear that the graph has for it, or one more.
 *
 * @throws FeaturetapError `MODEL_UNSUPPORTED` when nothing tells its scale, or it has several.
 */
export function dequantizeValue({ edit, value }: EditedValue, label: string): EditedValue {
  const { index } = edit;
  const existing = (index.consumersOf.get(value) ?? []).find(
    (node) => isDequantize(node) && node.inputs[0] === value,
  );
  const [result] = existing?.outputs ?? [];
  if (result !== undefined) return { edit, value: result };
  const found = quantizationOf(index, value);
  if (found === null || !isSingle(index, found.scale)) {
    throw new FeaturetapError(
      'MODEL_UNSUPPORTED',
      `Expected the value "${printableName(value)}" of field ${label} to be of a floating-point ` +
        'type or of a known scale, got 8-bit integers whose scale the graph does not tell. ' +
        'Leave the field out, or expose the integers with --output NAME=VALUE.',
    );
  }
  const { scale, zeroPoint } = found;
  const inputs = [value, scale, ...(zeroPoint === '' ? [] : [zeroPoint])];
  return appendNode(edit, label, { opType: 'DequantizeLinear', inputs });
}
