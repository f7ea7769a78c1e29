import { FeaturetapError } from '@featuretap/core/spec';
import { absent } from '../taps/plan.js';
import { dependentsOf } from './behind-logits.js';
import { pruneHead } from './prune-head.js';
import type { HeadChange, ReheadStart } from './start-rehead.js';

/** Why a reheaded file has no logits. */
export const DROPPED = 'the classifier was dropped';

/**
 * Leaves out the logits, what is computed from them, and what only they needed.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when there is no classifier
 */
export function dropHead({ edit, manifest, logits }: ReheadStart): HeadChange {
  if (logits === null) {
    throw new FeaturetapError(
      'TAP_NOT_FOUND',
      'Expected a classifier to drop, but the network has none. Tap it as it is.',
    );
  }
  const behind = dependentsOf(edit.index, logits.value);
  const names = edit.index.model.graph.outputs.map(({ name }) => name);
  const { extras = [], ...rest } = manifest;
  const left = extras.filter(({ output }) => !behind.has(output));
  return {
    edit: pruneHead(edit, new Set(names.filter((name) => !behind.has(name)))),
    manifest: {
      ...rest,
      labels: null,
      ...(left.length === 0 ? {} : { extras: left }),
      record: { ...manifest.record, logits: absent(DROPPED) },
    },
  };
}
