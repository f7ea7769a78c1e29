import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { NewHead } from './new-head.js';

/** Puts a new classifier in the place of the old one. */
export interface ReplaceHead extends NewHead {
  /** Tells the kinds apart. */
  readonly kind: 'replace';
}

/** Drops the classifier: the model returns features only, as timm's `num_classes=0`. */
export interface DropHead {
  /** Tells the kinds apart. */
  readonly kind: 'drop';
}

/** Adds a second classifier on pooled; the first stays bit for bit. */
export interface BesideHead extends NewHead {
  /** Tells the kinds apart. */
  readonly kind: 'beside';
  /** Name of the new output, [N, classes]. */
  readonly name: string;
}

/** What to do with the classifier. */
export type ReheadRequest = ReplaceHead | DropHead | BesideHead;

/** The members of each kind. */
const MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['replace', ['kind', 'weight', 'bias', 'labels']],
  ['drop', ['kind']],
  ['beside', ['kind', 'name', 'weight', 'bias', 'labels']],
]);

/** Names of outputs that fields have, or that onnxruntime-node returns in another order or loses. */
const RESERVED = /^(?:stages(?:\.\d+)?|unpooled(?:\.\d+)?|pooled|logits|\d+|__proto__)$/u;

/** @throws FeaturetapError `OPTION_INVALID` for an unknown kind or member, or an unfit name. */
export function checkRequest(request: ReheadRequest): void {
  // Callers without types may give anything.
  const given: unknown = request;
  const { kind, weight, name } = (typeof given === 'object' && given !== null ? given : {}) as {
    kind?: unknown;
    weight?: unknown;
    name?: unknown;
  };
  const members = MEMBERS.get(String(kind));
  if (members === undefined) {
    throw new FeaturetapError(
      'OPTION_INVALID',
      `Expected a request of kind replace, drop or beside, got "${printableName(String(kind))}".`,
    );
  }
  const unknown = Object.keys(request).find((name) => !members.includes(name));
  if (unknown !== undefined) {
    throw new FeaturetapError(
      'OPTION_INVALID',
      `Expected a request of kind ${String(kind)} with the members ${members.join(', ')}; got ` +
        `"${printableName(unknown)}" too.`,
    );
  }
  if (kind === 'beside') checkName(name);
  if (kind === 'drop' || (typeof weight === 'object' && weight !== null)) return;
  throw new FeaturetapError('OPTION_INVALID', 'Expected weights of the new head, got none.');
}

function checkName(name: unknown): void {
  const isUsable = typeof name === 'string' && /^[^\p{Cc}]+$/u.test(name) && !RESERVED.test(name);
  if (isUsable) return;
  throw new FeaturetapError(
    'OPTION_INVALID',
    'Expected a name for the new output that no field has and that is no number, got ' +
      `"${printableName(String(name))}". Choose another.`,
  );
}
