import type { Dim } from '@featuretap/core/spec';
import type { Node } from '../proto/model.js';
import type { Classifier } from '../taps/find-classifier.js';
import type { TapContext } from '../taps/tap-context.js';

/** A convolution or matrix product of data with weights. */
export interface WeightedProduct {
  /** Its module path; empty when the file has no names. */
  readonly path: readonly string[];
  /** Number of weights. */
  readonly elements: number;
}

/** Operators that multiply data by weights; the weights come second. */
const PRODUCTS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Shape of the weights that a node multiplies data by, or null for any other node. */
function weightShape(context: TapContext, node: Node): readonly Dim[] | null {
  const [data = '', weight = ''] = node.inputs;
  if (!PRODUCTS.has(node.opType)) return null;
  if (!context.flow.carriesData(data) || context.flow.carriesData(weight)) return null;
  const dims = context.index.constantOf.get(weight)?.dims ?? context.shapeOf(weight);
  // A stack of matrices is no layer's weight: position tables are multiplied so.
  return dims === undefined || (node.opType === 'MatMul' && dims.length !== 2) ? null : dims;
}

/** Whether a node multiplies data by weights. */
export function isWeightedProduct(context: TapContext, node: Node): boolean {
  return weightShape(context, node) !== null;
}

function product(context: TapContext, node: Node): WeightedProduct | null {
  const dims = weightShape(context, node);
  if (dims === null) return null;
  const elements = dims.reduce<number>((count, dim) => count * Number(dim), 1);
  if (!Number.isSafeInteger(elements)) return null;
  return { path: context.pathOfNode(node) ?? [], elements };
}

/** Every product of data with weights but the classifier's, which fine-tuning replaces. */
export function weightedProducts(
  context: TapContext,
  classifier: Classifier | null,
): WeightedProduct[] {
  const excluded = new Set(classifier?.linears.map(({ node }) => node));
  return context.index.nodes.flatMap((node) => {
    const found = excluded.has(node) ? null : product(context, node);
    return found === null ? [] : [found];
  });
}

/** FNV-1a, 32 bits. Source: draft-eastlake-fnv, section 2. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}

/** Number of entries and the sum of their hashes, which does not depend on their order. */
function signature(entries: readonly string[]): string {
  const sum = entries.reduce((total, entry) => (total + fnv1a(entry)) >>> 0, 0);
  return `${entries.length}:${sum.toString(16).padStart(8, '0')}`;
}

/** Fingerprint of module paths and numbers of weights, as tools/python/weight_signature.py has it. */
export function pathSignature(products: readonly WeightedProduct[]): string {
  const entries = products.map(({ path, elements }) => `${path.join('.')}:${elements}`);
  return signature([...new Set(entries)]);
}

/** Fingerprint of the numbers of weights alone. */
export function shapeSignature(products: readonly WeightedProduct[]): string {
  return signature(products.map(({ elements }) => String(elements)));
}
