import { emptyEdit, type GraphEdit } from '../passes/graph-edit.js';
import { prune } from '../passes/prune.js';

/**
 * Leaves out what only an old classifier needed.
 *
 * Inputs that nothing used before either stay: callers give them.
 *
 * @param keepOutputs - declared outputs that stay; all by default.
 */
export function pruneHead(edit: GraphEdit, keepOutputs?: ReadonlySet<string>): GraphEdit {
  const { index } = edit;
  const unused = prune(emptyEdit(index)).removed;
  const pruned = prune(edit, keepOutputs === undefined ? {} : { keepOutputs });
  const kept = new Set(index.inputs.map(({ at }) => at).filter((at) => unused.has(at)));
  return { ...pruned, removed: new Set([...pruned.removed].filter((at) => !kept.has(at))) };
}
