import { readCallBytes } from '../graph/call-sites.js';
import { neededFunctions } from '../graph/called-functions.js';
import { functionKey } from '../proto/local-function.js';
import { readFunctions } from '../proto/read-functions.js';
import type { GraphEdit } from './graph-edit.js';

/**
 * Leaves out the model-local functions that no node which stays calls, also through others.
 *
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export async function dropFunctions(edit: GraphEdit): Promise<GraphEdit> {
  const { source, functions: fields, graph } = edit.index.model;
  if (fields.length === 0) return edit;
  const functions = await readFunctions(source, fields);
  const named = new Set([...functions.values()].map(({ domain, name }) => `${domain}\0${name}`));
  const calls: Uint8Array[] = [];
  for (const node of graph.nodes) {
    const mayCall = node.hasBodies || named.has(`${node.domain}\0${node.opType}`);
    if (mayCall && !edit.removed.has(node.at)) calls.push(await readCallBytes(source, node));
  }
  const needed = neededFunctions(calls, functions);
  const unused = [...functions.values()].filter((fn) => !needed.has(functionKey(fn)));
  return { ...edit, removed: new Set([...edit.removed, ...unused.map(({ at }) => at)]) };
}
