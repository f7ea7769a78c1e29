import type { TapContext } from './tap-context.js';

/** A token and the tokens that it was taken from. */
export interface PickedToken {
  /** Tokens [N, L, C]. */
  readonly from: string;
  /** Position of the token. */
  readonly index: number;
}

/** The token that a Gather picks along axis 1, or null. */
export function pickedToken(context: TapContext, value: string): PickedToken | null {
  const node = context.producer(value);
  const from = node?.inputs[0];
  if (node?.opType !== 'Gather' || from === undefined) return null;
  const index = context.index.constantOf.get(node.inputs[1] ?? '')?.values?.[0];
  const axis = node.attributes.get('axis')?.int ?? 0;
  return index !== undefined && axis === 1 && index >= 0 ? { from, index } : null;
}
