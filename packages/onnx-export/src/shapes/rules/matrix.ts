import { MAX_RANK } from '../../limits.js';
import { broadcast, factOf, intAttribute, type Fact, type ShapeRule } from '../fact.js';

const gemm: ShapeRule = (node, [a, b]) => {
  if (a?.dims.length !== 2 || b?.dims.length !== 2) return [];
  const rows = a.dims[intAttribute(node, 'transA', 0) ? 1 : 0] ?? 1;
  const columns = b.dims[intAttribute(node, 'transB', 0) ? 0 : 1] ?? 1;
  return [factOf([rows, columns])];
};

/** numpy.matmul: vectors get an axis for the product and lose it again. */
const matMul: ShapeRule = (_node, [a, b]) => {
  if (!a || !b || a.dims.length === 0 || b.dims.length === 0) return [];
  const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const right = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const batch = broadcast(left.slice(0, -2), right.slice(0, -2));
  if (batch === undefined) return [];
  const rows = a.dims.length === 1 ? [] : [left.at(-2) ?? 1];
  const columns = b.dims.length === 1 ? [] : [right.at(-1) ?? 1];
  return [factOf([...batch, ...rows, ...columns])];
};

/** Explicit einsum equations without ellipsis, as exporters write them. */
const einsum: ShapeRule = (node, inputs) => {
  const equation = node.attributes.get('equation')?.string?.replaceAll(' ', '') ?? '';
  const [left = '', right] = equation.split('->');
  if (right === undefined || right.length > MAX_RANK || equation.includes('.')) return [];
  const sizes = new Map<string, number>();
  for (const [i, term] of left.split(',').entries()) {
    const dims = inputs[i]?.dims;
    if (dims?.length !== term.length) return [];
    dims.forEach((dim, axis) => sizes.set(term.charAt(axis), dim));
  }
  return [factOf(Array.from(right, (letter) => sizes.get(letter) ?? 1))];
};

/** LSTM, GRU, RNN: X is [steps, batch, in] (layout 0); hidden size is R's last axis. */
const recurrent: ShapeRule = (node, [x, , r]) => {
  if (!x || !r || intAttribute(node, 'layout', 0) !== 0) return [];
  const [steps = 1, batch = 1] = x.dims;
  const hidden = r.dims.at(-1) ?? 1;
  const directions = r.dims[0] ?? 1;
  const state: Fact = factOf([directions, batch, hidden]);
  return [factOf([steps, directions, batch, hidden]), state, state];
};

/** Rules of matrix products and recurrent layers. */
export const matrixRules: Readonly<Record<string, ShapeRule>> = {
  Gemm: gemm,
  MatMul: matMul,
  MatMulInteger: matMul,
  Einsum: einsum,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};
