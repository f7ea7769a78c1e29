import type { Adapter, Evidence } from '@featuretap/core/spec';
import { isInside } from '../scopes/module-path.js';
import type { Node } from '../proto/model.js';
import { usedValues } from '../graph/graph-index.js';
import type { Classifier } from './find-classifier.js';
import { pickedToken } from './picked-token.js';
import type { TapContext } from './tap-context.js';
import { valueKind } from './value-kind.js';

/** The pooled vector: a value, the adapter that makes it [N, D], and how it was found. */
export interface Pooled {
  /** Graph value. */
  readonly value: string;
  /** Adapter to [N, D], or null. */
  readonly adapter: Adapter | null;
  /** Which source of evidence decided. */
  readonly evidence: Evidence;
}

/** Operators between pooled features and a linear operator that belong to the classifier. */
const OF_CLASSIFIER = new Set(['BatchNormalization', 'Dropout', 'Identity']);

function stepBack(context: TapContext, value: string): string {
  let name = value;
  for (;;) {
    const node = context.producer(name);
    const source = node?.inputs[0];
    if (node === undefined || source === undefined || !OF_CLASSIFIER.has(node.opType)) return name;
    if (valueKind(context, source).kind !== 'vector') return name;
    name = source;
  }
}

/**
 * Input of the outermost module on the classifier's path that takes a vector: timm's classifiers
 * are modules, so a BatchNorm1d or a hidden layer inside that module is part of the classifier.
 */
function moduleInput(context: TapContext, node: Node): string | null {
  const path = context.pathOfNode(node);
  if (path === null) return null;
  let members = context.index.nodes;
  for (let depth = 1; depth <= path.length; depth++) {
    const module = path.slice(0, depth);
    // A module's members are members of the modules around it.
    members = members.filter((other) => {
      const own = context.pathOfNode(other);
      return own !== null && isInside(own, module);
    });
    const made = new Set(members.flatMap((member) => member.outputs));
    const entering = new Set(
      members
        .flatMap(usedValues)
        .filter((name) => context.flow.carriesData(name) && !made.has(name)),
    );
    const [only] = entering;
    if (entering.size === 1 && only !== undefined && valueKind(context, only).kind === 'vector') {
      return only;
    }
  }
  return null;
}

function flattened(context: TapContext, value: string): Adapter | null {
  return context.shapeOf(value)?.length === 2 ? null : { kind: 'flatten' };
}

/** Two heads on two tokens of one tensor: pooled is the mean of the tokens (DeiT-distilled). */
function meanOfTokens(context: TapContext, inputs: readonly string[]): Pooled | null {
  const picks = inputs.map((input) => pickedToken(context, input));
  const [first] = picks;
  if (!first || !picks.every((pick) => pick?.from === first.from)) return null;
  const tokens = picks.map((pick) => pick?.index ?? 0).sort((a, b) => a - b);
  return { value: first.from, adapter: { kind: 'token-mean', tokens }, evidence: 'structure' };
}

/** Finds the vector that enters the classifier, or null. */
export function findPooled(context: TapContext, classifier: Classifier): Pooled | null {
  if (classifier.isBeforePooling) return null;
  const found = classifier.linears.map(({ node, input }): [string, Evidence] => {
    const scoped =
      context.hasScopes && classifier.linears.length === 1 ? moduleInput(context, node) : null;
    return scoped === null ? [stepBack(context, input), 'structure'] : [scoped, 'scopes'];
  });
  const [first] = found;
  if (first === undefined) return null;
  const values = found.map(([value]) => value);
  if (values.some((value) => value !== first[0])) return meanOfTokens(context, values);
  const [value, evidence] = first;
  if (valueKind(context, value).kind !== 'vector') return null;
  return { value, adapter: flattened(context, value), evidence };
}
