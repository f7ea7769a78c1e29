/** Operators that multiply data by weights; the weights come second. */
export const PRODUCT_OPERATORS: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
]);
