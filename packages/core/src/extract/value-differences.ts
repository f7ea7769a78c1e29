import type { ValueInfo } from '../session/runner.js';
import type { Dim } from '../spec/layout.js';
import { formatShape } from '../tensor/tensor.js';
import { printableName, printableNames } from '../wire/name.js';

/** What a manifest says of an input or output; null where it does not say. */
export interface ExpectedValue {
  /** Element type. */
  readonly dtype: string | null;
  /** Shape. */
  readonly shape: readonly Dim[] | null;
}

/**
 * What a manifest and a file say differently about one input or output, in words.
 *
 * @param kind - `input`, `output`, with the field that it holds.
 */
export function* valueDifferences(
  kind: string,
  name: string,
  expected: ExpectedValue,
  values: readonly ValueInfo[],
): Generator<string> {
  const actual = values.find((value) => value.name === name);
  if (actual === undefined) {
    const names = printableNames(values.map((value) => value.name));
    yield `the file has no ${kind} ${printableName(name)} (it has ${names})`;
    return;
  }
  const { dtype, shape } = expected;
  const otherType = dtype !== null && actual.dtype !== dtype;
  if (otherType || (shape !== null && contradicts(shape, actual.shape))) {
    yield `${kind} ${printableName(name)} is ${describe(dtype, shape)} in the manifest ` +
      `and ${describe(actual.dtype ?? 'no tensor', actual.shape)} in the file`;
  }
}

/** What a manifest and a file say differently about the one input, in words. */
export function* inputDifferences(
  input: ExpectedValue & { readonly name: string },
  values: readonly ValueInfo[],
): Generator<string> {
  for (const actual of values) {
    if (actual.name !== input.name)
      yield `the file needs a further input ${printableName(actual.name)}`;
  }
  yield* valueDifferences('input', input.name, input, values);
  const actual = values.find((value) => value.name === input.name);
  const [batch] = actual?.shape ?? [];
  const [expected] = input.shape ?? [];
  if (batch !== undefined && typeof batch !== typeof expected) {
    yield `the batch of input ${input.name} is ${expected} in the manifest and ${batch} in the file`;
  }
}

/** Whether two shapes cannot both be right; a name may stand for any size, [] for any rank. */
export function contradicts(expected: readonly Dim[], actual: readonly Dim[]): boolean {
  if (actual.length === 0) return false;
  if (actual.length !== expected.length) return true;
  return expected.some((size, axis) => {
    const other = actual[axis];
    return typeof size === 'number' && typeof other === 'number' && size !== other;
  });
}

function describe(dtype: string | null, shape: readonly Dim[] | null): string {
  return [dtype, shape === null ? null : formatShape(shape)]
    .filter((part) => part !== null)
    .join(' ');
}
