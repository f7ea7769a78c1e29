import type { FieldEntry, ModuleAnchor } from '@featuretap/core/spec';
import type { TapContext } from '../taps/tap-context.js';

/** A value that may be a field. */
export interface Candidate {
  /** Graph value. */
  readonly value: string;
  /** Module that named it, when one did. */
  readonly module?: string;
}

/** Looks places of a network up in one file. */
export interface Resolver {
  /** The context of the file. */
  readonly context: TapContext;
  /** The values that may be what the anchors of a field mean, best first. */
  candidates(anchors: readonly ModuleAnchor[], field: FieldEntry): readonly Candidate[];
  /** What one place means: a part of a field that is made of several values. */
  part(anchors: readonly ModuleAnchor[]): readonly Candidate[];
}

/**
 * Looks places up by module paths.
 *
 * @param prefix - what stands in front of every module path, such as `model.`; mostly empty.
 */
export function resolveByModules(context: TapContext, prefix: string): Resolver {
  const { modules } = context;
  const part = (anchors: readonly ModuleAnchor[]): Candidate[] =>
    anchors.flatMap(({ module, at }) => {
      const path = `${prefix}${module}`;
      // What leaves a module last is what it returns; a skip that leaves early comes before.
      const values =
        at === 'output' ? [...modules.outputs(path)].reverse() : [...modules.inputs(path)];
      return values.map((value) => ({ value, module }));
    });
  return { context, candidates: part, part };
}
