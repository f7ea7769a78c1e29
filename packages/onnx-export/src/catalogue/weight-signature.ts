import type { Node } from '../proto/model.js';
import type { Classifier } from '../taps/find-classifier.js';
import type { TapContext } from '../taps/tap-context.js';
import { weightShape } from '../taps/weighted-product.js';

/** A convolution or matrix product of data with weights. */
export interface WeightedProduct {
  /** Its module path; empty when the file has no names. */
  readonly path: readonly string[];
  /** Number of weights. */
  readonly elements: number;
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
