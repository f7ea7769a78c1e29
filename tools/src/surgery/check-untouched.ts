import { wireFields } from './wire-fields.js';

/** Field number of `ModelProto.graph`. */
const GRAPH = 7;

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Whether all of `part` stands in `whole`, in the same order. */
function isSubsequence(part: readonly Uint8Array[], whole: readonly Uint8Array[]): boolean {
  let at = 0;
  for (const item of whole) {
    const next = part[at];
    if (next !== undefined && isSame(item, next)) at++;
  }
  return at === part.length;
}

/**
 * Says what of an original is not in an edited file as it was; null when all of it is: every field
 * of the model and of its one graph, byte for byte and in order.
 */
export function findTouched(original: Uint8Array, edited: Uint8Array): string | null {
  const [before, after] = [wireFields(original), wireFields(edited)];
  const graphs = [before, after].map((fields) => fields.filter(({ field }) => field === GRAPH));
  if (graphs.some((list) => list.length !== 1)) return 'not one graph';
  const rest = [before, after].map((fields) =>
    fields.filter(({ field }) => field !== GRAPH).map(({ whole }) => whole),
  );
  if (!isSubsequence(rest[0]!, rest[1]!)) return 'a field of the model';
  const inner = graphs.map((list) => wireFields(list[0]!.value).map(({ whole }) => whole));
  return isSubsequence(inner[0]!, inner[1]!) ? null : 'a field of the graph';
}
