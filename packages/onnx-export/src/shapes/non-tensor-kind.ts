import type { GraphIndex } from '../graph/graph-index.js';

/** Operators of ONNX's own set and of `ai.onnx.ml` whose first result is no tensor. */
const MAKERS: ReadonlyMap<string, string> = new Map([
  ['Optional', 'an optional value'],
  ['SequenceConstruct', 'a sequence'],
  ['SequenceEmpty', 'a sequence'],
  ['SequenceErase', 'a sequence'],
  ['SequenceInsert', 'a sequence'],
  ['SequenceMap', 'a sequence'],
  ['SplitToSequence', 'a sequence'],
  ['ZipMap', 'a sequence of maps'],
]);

const DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx.ml']);

/** What a value is, in words, when the operator that makes it makes no tensor; null otherwise. */
export function nonTensorKind(index: GraphIndex, value: string): string | null {
  let name = value;
  // Identity passes on whatever it gets; a value comes from an earlier node, so this ends.
  for (;;) {
    const declared = index.declarationOf.get(name)?.otherType;
    if (declared !== undefined) return declared;
    const node = index.producerOf.get(name);
    if (node === undefined || !DOMAINS.has(node.domain)) return null;
    if (node.opType !== 'Identity') return MAKERS.get(node.opType) ?? null;
    name = node.inputs[0] ?? '';
  }
}
