import { FeaturetapError, type FieldOutput } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { freeName, isTaken, type GraphEdit } from '../passes/graph-edit.js';
import { DATA_TYPE } from '../proto/fields.js';
import { appendHead } from './append-head.js';
import type { NewHead } from './new-head.js';
import type { HeadChange, ReheadStart } from './start-rehead.js';

/** Adds a classifier on pooled as an output of its own. */
function addHead(
  { edit, pooled, types }: ReheadStart,
  head: NewHead,
  name: string,
): { edit: GraphEdit; output: Pick<FieldOutput, 'output' | 'dtype' | 'shape'> } {
  const request = { pooled, head, types, dtype: null, label: name, output: name };
  const { edit: after, dtype } = appendHead(edit, request);
  const shape = [pooled.shape[0] ?? 'batch', ...head.weight.shape.slice(0, 1)];
  return {
    edit: { ...after, outputs: [...after.outputs, { name, dataType: DATA_TYPE[dtype], shape }] },
    output: { output: name, dtype, shape },
  };
}

/** Adds the first classifier of a network that has none. */
export function attachHead(start: ReheadStart, head: NewHead): HeadChange {
  const { edit, output } = addHead(start, head, freeName(start.edit, 'logits'));
  const logits: FieldOutput = {
    ...output,
    value: output.output,
    adapter: null,
    layout: 'NC',
    evidence: 'option',
  };
  const manifest = { ...start.manifest, record: { ...start.manifest.record, logits } };
  // With logits of its own the file is no backbone of a head file any more.
  delete manifest.view;
  return { edit, manifest };
}

/**
 * Adds a second classifier under a name of its own.
 *
 * @throws FeaturetapError `OPTION_INVALID` when the name is taken
 */
export function besideHead(start: ReheadStart, head: NewHead, name: string): HeadChange {
  if (isTaken(start.edit, name)) {
    throw new FeaturetapError(
      'OPTION_INVALID',
      `Expected a new name for the second head, but the graph has a value "${printableName(name)}" ` +
        'already. Choose another.',
    );
  }
  const { edit, output } = addHead(start, head, name);
  const { labels } = head;
  const extra = {
    ...output,
    value: null,
    ...(labels === undefined ? {} : { labels: [...labels] }),
  };
  const extras = [...(start.manifest.extras ?? []), extra];
  return { edit, manifest: { ...start.manifest, extras } };
}
