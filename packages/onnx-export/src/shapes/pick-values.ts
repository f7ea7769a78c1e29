import { elementCount, MAX_VALUES, type Fact } from './fact.js';

/**
 * Values of an output whose elements are elements of the input: each output position names the
 * input position that it takes.
 *
 * Undefined when the input's values are unknown or the output is large.
 */
export function pickValues(
  input: Fact,
  dims: readonly number[],
  sourceOf: (position: readonly number[]) => readonly number[],
): number[] | undefined {
  const { values } = input;
  const count = elementCount(dims);
  if (values === undefined || count > MAX_VALUES) return undefined;
  const picked: number[] = [];
  const position = dims.map(() => 0);
  for (let i = 0; i < count; i++) {
    const source = sourceOf(position);
    const offset = input.dims.reduce((sum, size, axis) => sum * size + (source[axis] ?? 0), 0);
    const value = values[offset];
    if (value === undefined) return undefined;
    picked.push(value);
    // Counts like an odometer, last axis fastest.
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] ?? 0) + 1;
      if ((position[axis] ?? 0) < (dims[axis] ?? 0)) break;
      position[axis] = 0;
    }
  }
  return picked;
}
