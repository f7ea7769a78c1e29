import {
  elementCount,
  factOf,
  intAttribute,
  intsAttribute,
  isAxis,
  isFew,
  positiveAxis,
  type Fact,
  type ShapeRule,
} from '../fact.js';
import { pickValues } from '../pick-values.js';
import { axesOf } from './axes.js';

const reshape: ShapeRule = (node, [input, target]) => {
  const wanted = target?.values ?? intsAttribute(node, 'shape');
  if (!input || !wanted) return [];
  const allowZero = intAttribute(node, 'allowzero', 0) === 1;
  const dims = wanted.map((dim, axis) => (dim === 0 && !allowZero ? (input.dims[axis] ?? 1) : dim));
  const hole = dims.indexOf(-1);
  if (hole >= 0) {
    const rest = dims.reduce((product, dim, axis) => (axis === hole ? product : product * dim), 1);
    dims[hole] = rest === 0 ? 0 : elementCount(input.dims) / rest;
  }
  return dims.every(Number.isInteger) ? [factOf(dims, input.values)] : [];
};

const transpose: ShapeRule = (node, [input]) => {
  if (!input) return [];
  const order = intsAttribute(node, 'perm') ?? input.dims.map((_, axis) => axis).reverse();
  const dims = order.map((axis) => input.dims[axis] ?? 1);
  // torch reverses the order of paddings by transposing a small matrix of them.
  const values = pickValues(input, dims, (position) => {
    const source: number[] = [];
    order.forEach((axis, i) => (source[axis] = position[i] ?? 0));
    return source;
  });
  return [factOf(dims, values)];
};

const flatten: ShapeRule = (node, [input]) => {
  if (!input) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', 1), input.dims.length);
  const { dims } = input;
  return [factOf([elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis))])];
};

const squeeze: ShapeRule = (node, [input, axesInput]) => {
  if (!input) return [];
  const axes = axesOf(node, axesInput, input.dims.length);
  if (axes === undefined && node.inputs[1]) return [];
  const dims = input.dims.filter((dim, axis) => (axes ? !axes.includes(axis) : dim !== 1));
  return [factOf(dims, input.values)];
};

const unsqueeze: ShapeRule = (node, [input, axesInput]) => {
  const listed = intsAttribute(node, 'axes') ?? axesInput?.values;
  if (!input || !listed) return [];
  const rank = input.dims.length + listed.length;
  const added = new Set(listed.map((axis) => positiveAxis(axis, rank)));
  const rest = [...input.dims];
  const dims = Array.from({ length: rank }, (_, axis) =>
    added.has(axis) ? 1 : (rest.shift() ?? 1),
  );
  return [factOf(dims, input.values)];
};

const expand: ShapeRule = (_node, [input, target]) => {
  if (!input || !target?.values) return [];
  const rank = Math.max(input.dims.length, target.values.length);
  const dims = Array.from({ length: rank }, (_, axis) => {
    const own = input.dims[axis - rank + input.dims.length] ?? 1;
    const wanted = target.values?.[axis - rank + (target.values.length || 0)] ?? 1;
    return own === 1 ? wanted : own;
  });
  const [value] = input.values ?? [];
  const count = elementCount(dims);
  const single = input.values?.length === 1 && value !== undefined && isFew(count);
  return [factOf(dims, single ? new Array<number>(count).fill(value) : undefined)];
};

const tile: ShapeRule = (_node, [input, repeats]) => {
  if (!input || !repeats?.values) return [];
  const dims = input.dims.map((dim, axis) => dim * (repeats.values?.[axis] ?? 1));
  const values = pickValues(input, dims, (position) =>
    position.map((at, axis) => at % (input.dims[axis] ?? 1)),
  );
  return [factOf(dims, values)];
};

const pad: ShapeRule = (node, [input, padsInput, , axesInput]) => {
  const pads = intsAttribute(node, 'pads') ?? padsInput?.values;
  if (!input || !pads) return [];
  const rank = input.dims.length;
  const axes = axesInput?.values?.map((axis) => positiveAxis(axis, rank));
  const dims = [...input.dims];
  const count = Math.floor(pads.length / 2);
  const padded = axes ?? dims.map((_, axis) => axis);
  if (count > padded.length || !padded.every((axis) => isAxis(axis, rank))) return [];
  for (let i = 0; i < count; i++) {
    const axis = padded[i] ?? i;
    dims[axis] = (dims[axis] ?? 0) + (pads[i] ?? 0) + (pads[i + count] ?? 0);
  }
  return [factOf(dims)];
};

const resize: ShapeRule = (node, inputs) => {
  const [input] = inputs;
  if (!input) return [];
  const opset10 = inputs.length === 2;
  const scales = inputs[opset10 ? 1 : 2]?.values ?? node.attributes.get('scales')?.floats;
  const sizes = inputs[3]?.values;
  const rank = input.dims.length;
  const listed = intsAttribute(node, 'axes') ?? input.dims.map((_, axis) => axis);
  const axes = listed.map((axis) => positiveAxis(axis, rank));
  if (!axes.every((axis) => isAxis(axis, rank))) return [];
  if (!sizes?.length && !scales?.length) return [];
  const dims = [...input.dims];
  axes.forEach((axis, i) => {
    const own = dims[axis] ?? 1;
    dims[axis] = sizes?.length ? (sizes[i] ?? own) : Math.floor(own * (scales?.[i] ?? 1));
  });
  return [factOf(dims)];
};

const blocks =
  (toSpace: boolean): ShapeRule =>
  (node, [input]) => {
    const [batch = 1, channels = 1, height = 1, width = 1] = input?.dims ?? [];
    const size = intAttribute(node, 'blocksize', 1);
    if (!input) return [];
    return toSpace
      ? [factOf([batch, channels / size ** 2, height * size, width * size])]
      : [factOf([batch, channels * size ** 2, height / size, width / size])];
  };

const col2Im: ShapeRule = (_node, [input, image, block]) => {
  if (!input || !image?.values || !block?.values) return [];
  const [batch = 1, columns = 1] = input.dims;
  return [factOf([batch, columns / elementCount(block.values), ...image.values])];
};

const shape: ShapeRule = (node, [input]) => {
  if (!input) return [];
  const rank = input.dims.length;
  const start = positiveAxis(intAttribute(node, 'start', 0), rank);
  const end = positiveAxis(intAttribute(node, 'end', rank), rank);
  const dims = input.dims.slice(start, end);
  return [{ ...factOf([dims.length], dims), isFloat: false }];
};

const constantOfShape: ShapeRule = (node, [target]) => {
  if (!target?.values) return [];
  const value = node.attributes.get('value')?.tensor?.values?.[0] ?? 0;
  const count = elementCount(target.values);
  return [factOf(target.values, isFew(count) ? new Array<number>(count).fill(value) : undefined)];
};

const range: ShapeRule = (_node, [start, limit, delta]) => {
  const [from, to, step] = [start?.values?.[0], limit?.values?.[0], delta?.values?.[0]];
  if (from === undefined || to === undefined || !step) return [];
  const count = Math.max(0, Math.ceil((to - from) / step));
  const values = isFew(count)
    ? Array.from({ length: count }, (_, i) => from + i * step)
    : undefined;
  return [factOf([count], values)];
};

const size: ShapeRule = (_node, [input]): Fact[] =>
  input ? [{ ...factOf([], [elementCount(input.dims)]), isFloat: false }] : [];

/** Rules of operators that move, repeat or count elements. */
export const layoutRules: Readonly<Record<string, ShapeRule>> = {
  Reshape: reshape,
  Transpose: transpose,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
  Col2Im: col2Im,
  Shape: shape,
  Size: size,
  ConstantOfShape: constantOfShape,
  Range: range,
};
