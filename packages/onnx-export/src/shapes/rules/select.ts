import {
  elementCount,
  factOf,
  intAttribute,
  intsAttribute,
  isAxis,
  isFew,
  MAX_VALUES,
  positiveAxis,
  type Fact,
  type ShapeRule,
} from '../fact.js';
import { pickValues } from '../pick-values.js';

const concat: ShapeRule = (node, inputs) => {
  const facts = inputs.filter((fact) => fact !== undefined);
  const [first] = facts;
  if (!first || facts.length < inputs.length) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', 0), first.dims.length);
  const dims = first.dims.map((dim, i) =>
    i === axis ? facts.reduce((sum, fact) => sum + (fact.dims[axis] ?? 0), 0) : dim,
  );
  const isSmall = dims.length === 1 && (dims[0] ?? 0) <= MAX_VALUES;
  const known = isSmall && facts.every((fact) => fact.values !== undefined);
  return [factOf(dims, known ? facts.flatMap((fact) => fact.values ?? []) : undefined)];
};

interface SliceRange {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Clamps a slice as the ONNX operator Slice (opset 13) defines. */
function clampSlice(start: number, end: number, step: number, size: number): SliceRange {
  const clamp = (value: number, low: number, high: number): number =>
    Math.min(Math.max(value < 0 ? value + size : value, low), high);
  const forward = step > 0;
  const from = forward ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const to = forward ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

const slice: ShapeRule = (node, [input, startsInput, endsInput, axesInput, stepsInput]) => {
  const starts = intsAttribute(node, 'starts') ?? startsInput?.values;
  const ends = intsAttribute(node, 'ends') ?? endsInput?.values;
  if (!input || !starts || !ends) return [];
  if ((node.inputs[3] && !axesInput?.values) || (node.inputs[4] && !stepsInput?.values)) return [];
  const axes = intsAttribute(node, 'axes') ?? axesInput?.values ?? starts.map((_, i) => i);
  const dims = [...input.dims];
  const ranges = new Map<number, SliceRange>();
  const positive = axes.map((axis) => positiveAxis(axis, dims.length));
  if (!positive.every((axis) => isAxis(axis, dims.length))) return [];
  positive.forEach((axis, i) => {
    const step = stepsInput?.values?.[i] ?? 1;
    const range = clampSlice(starts[i] ?? 0, ends[i] ?? 0, step, dims[axis] ?? 0);
    dims[axis] = range.count;
    ranges.set(axis, range);
  });
  const values = pickValues(input, dims, (position) =>
    position.map((at, axis) => {
      const range = ranges.get(axis);
      return range === undefined ? at : range.start + at * range.step;
    }),
  );
  return [factOf(dims, values)];
};

const split: ShapeRule = (node, [input, partsInput]) => {
  if (!input || (node.inputs[1] && !partsInput?.values)) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', 0), input.dims.length);
  const size = input.dims[axis] ?? 0;
  const count = node.outputs.length;
  const even = Math.ceil(size / count);
  const parts =
    intsAttribute(node, 'split') ??
    partsInput?.values ??
    Array.from({ length: count }, (_, i) => Math.min(even, size - i * even));
  let at = 0;
  return parts.slice(0, count).map((part) => {
    const values = input.dims.length === 1 ? input.values?.slice(at, at + part) : undefined;
    at += part;
    return factOf(
      input.dims.map((dim, i) => (i === axis ? part : dim)),
      values,
    );
  });
};

const gather: ShapeRule = (node, [input, indices]) => {
  if (!input || !indices) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', 0), input.dims.length);
  const dims = [...input.dims.slice(0, axis), ...indices.dims, ...input.dims.slice(axis + 1)];
  const list = input.values;
  const values =
    input.dims.length === 1 && list !== undefined
      ? indices.values?.map((i) => list[positiveAxis(i, list.length)] ?? 0)
      : undefined;
  return [factOf(dims, values)];
};

const gatherElements: ShapeRule = (_node, [, indices]) => (indices ? [factOf(indices.dims)] : []);

const gatherNd: ShapeRule = (node, [input, indices]) => {
  if (!input || !indices) return [];
  const last = indices.dims.at(-1) ?? 0;
  const skip = intAttribute(node, 'batch_dims', 0);
  return [factOf([...indices.dims.slice(0, -1), ...input.dims.slice(skip + last)])];
};

const oneHot: ShapeRule = (node, [indices, depth, offOn]) => {
  const count = depth?.values?.[0];
  if (!indices || count === undefined) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', -1), indices.dims.length + 1);
  const dims = [...indices.dims.slice(0, axis), count, ...indices.dims.slice(axis)];
  const [off, on] = offOn?.values ?? [];
  const hot = indices.values?.[0];
  const single = elementCount(indices.dims) === 1 && hot !== undefined && isFew(count);
  const values =
    single && off !== undefined && on !== undefined
      ? Array.from({ length: count }, (_, i) => (i === positiveAxis(hot, count) ? on : off))
      : undefined;
  return [factOf(dims, values)];
};

const topK: ShapeRule = (node, [input, k]) => {
  const count = k?.values?.[0] ?? node.attributes.get('k')?.int;
  if (!input || count === undefined) return [];
  const axis = positiveAxis(intAttribute(node, 'axis', -1), input.dims.length);
  const fact: Fact = factOf(input.dims.map((dim, i) => (i === axis ? count : dim)));
  return [fact, fact];
};

const trilu: ShapeRule = (_node, [input]) => (input ? [factOf(input.dims)] : []);

const constant: ShapeRule = (node) => {
  const tensor = node.attributes.get('value')?.tensor;
  if (tensor) return [factOf(tensor.dims, tensor.values)];
  const single = node.attributes.get('value_int')?.int ?? node.attributes.get('value_float')?.float;
  if (single !== undefined) return [factOf([], [single])];
  const list =
    node.attributes.get('value_ints')?.ints ?? node.attributes.get('value_floats')?.floats;
  return list ? [factOf([list.length], list)] : [];
};

/** Rules of operators that join or pick elements. */
export const selectRules: Readonly<Record<string, ShapeRule>> = {
  Concat: concat,
  Slice: slice,
  Split: split,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  OneHot: oneHot,
  TopK: topK,
  Trilu: trilu,
  Constant: constant,
};
