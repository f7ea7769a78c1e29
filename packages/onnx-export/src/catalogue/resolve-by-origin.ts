import type { OperationKind } from '@featuretap/core/spec';
import { PRODUCT_OPERATORS } from '../graph/product-operators.js';
import { ACTIVATIONS } from '../taps/activations.js';
import { LAYOUT_OPERATORS } from '../taps/layout-operators.js';
import type { TapContext } from '../taps/tap-context.js';
import { countProducts } from './product-counts.js';
import type { Candidate, Resolver } from './resolver.js';

/** ONNX operators that exporters write for a kind of operation. */
const OPERATORS: Readonly<Record<OperationKind, ReadonlySet<string>>> = {
  add: new Set(['Add', 'Sum']),
  concat: new Set(['Concat']),
  multiply: new Set(['Mul', 'Div']),
  // The bias of a matrix product is an Add of its own.
  product: new Set([...PRODUCT_OPERATORS, 'Add']),
  normalize: new Set([
    'BatchNormalization',
    'LayerNormalization',
    'GroupNormalization',
    'InstanceNormalization',
    'RMSNormalization',
    'SimplifiedLayerNormalization',
  ]),
  pool: new Set(['GlobalAveragePool', 'GlobalMaxPool', 'ReduceMean', 'MaxPool', 'AveragePool']),
  activate: new Set([...ACTIVATIONS, 'Mul', 'Div']),
  other: new Set(),
};

/** How many of a node's operands carry data: a sum of two is a residual, of one a bias. */
function isOfKind(context: TapContext, value: string, kind: OperationKind): boolean {
  const node = context.producer(value);
  if (node === undefined || !OPERATORS[kind].has(node.opType)) return false;
  if (node.opType !== 'Add' && node.opType !== 'Sum') return true;
  const data = node.inputs.filter((name) => context.flow.carriesData(name)).length;
  return kind === 'add' ? data >= 2 : data === 1;
}

/** Operators that only move elements, or leave prefix tokens out. */
const LAYOUT = new Set([...LAYOUT_OPERATORS, 'Slice']);

/** More rearrangements than stand between two operations. */
const MAX_REARRANGEMENTS = 16;

/** A value, and what is only a rearrangement of it, in order. */
function withRearrangements(context: TapContext, value: string): string[] {
  const found = [value];
  for (const name of found) {
    if (found.length > MAX_REARRANGEMENTS) break;
    for (const { opType, inputs, outputs } of context.index.consumersOf.get(name) ?? []) {
      const [output] = outputs;
      const isOne = LAYOUT.has(opType) && inputs[0] === name && output !== undefined;
      if (isOne && found.length <= MAX_REARRANGEMENTS) found.push(output);
    }
  }
  return found;
}

/**
 * Looks places up without any names: by the number of weighted products that a value depends on,
 * the kind of operation that ends it, and its shape.
 *
 * Parts of a field have no such description, so a field that is made of several values is not found.
 */
export function resolveByOrigin(context: TapContext): Resolver {
  const byCount = new Map<number, string[]>();
  for (const [value, count] of countProducts(context)) {
    const values = byCount.get(count);
    if (values === undefined) byCount.set(count, [value]);
    else values.push(value);
  }
  return {
    context,
    part: () => [],
    candidates: (_anchors, { products, operation }): Candidate[] => {
      // The last one first: layout changes behind it are the same value again.
      const values = (byCount.get(products) ?? []).toReversed();
      const ofKind = values
        .filter((value) => isOfKind(context, value, operation))
        .flatMap((value) => withRearrangements(context, value));
      return [...ofKind, ...values].map((value) => ({ value }));
    },
  };
}
