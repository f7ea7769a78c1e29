import type { FieldOutput } from '@featuretap/core/spec';
import { quantizationOf } from '../passes/dequantize-value.js';
import { freeName, type GraphEdit, type NewNode } from '../passes/graph-edit.js';
import { DATA_TYPE } from '../proto/fields.js';
import { inferDataTypes } from '../shapes/infer-data-types.js';

/** The node that turns floats into a value of the graph's own type; null where they are of it. */
function restoring(
  edit: GraphEdit,
  from: string,
  value: string,
  type: number | undefined,
  dtype: FieldOutput['dtype'],
): NewNode | null {
  if (type === undefined || type === DATA_TYPE[dtype]) return null;
  const node = (opType: string, inputs: string[], attributes: NewNode['attributes']): NewNode => ({
    name: freeName(edit, `featuretap/head/${opType}`),
    opType,
    inputs,
    outputs: [value],
    attributes,
  });
  const found = type === DATA_TYPE.uint8 || type === DATA_TYPE.int8;
  const quantization = found ? quantizationOf(edit.index, value) : null;
  if (quantization === null) return node('Cast', [from], [{ name: 'to', int: type }]);
  const { scale, zeroPoint } = quantization;
  return node('QuantizeLinear', [from, scale, ...(zeroPoint === '' ? [] : [zeroPoint])], []);
}

/**
 * Lets nodes that restore values of the graph from floats end in the values' own types.
 *
 * A field leaves the backbone as floats where the graph holds 8-bit integers or bfloat16. Both come
 * back exactly: they were turned into floats with the same scale, or without rounding.
 */
export function restoreTypes(
  edit: GraphEdit,
  nodes: readonly NewNode[],
  dtype: FieldOutput['dtype'],
): NewNode[] {
  const types = inferDataTypes(edit.index);
  return nodes.flatMap((node) => {
    const restored: NewNode[] = [];
    const outputs = node.outputs.map((value) => {
      const from = freeName(edit, `featuretap/head/${value}`);
      const last = restoring(edit, from, value, types.get(value), dtype);
      if (last === null) return value;
      restored.push(last);
      return from;
    });
    return [{ ...node, outputs }, ...restored];
  });
}
