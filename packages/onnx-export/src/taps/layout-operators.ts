/** Operators that only move elements or rename axes. */
export const LAYOUT_OPERATORS: ReadonlySet<string> = new Set([
  'Transpose',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Identity',
]);
