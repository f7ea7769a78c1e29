import { usedValues, type GraphIndex } from '../graph/graph-index.js';
import type { DataFlow } from '../graph/cut-values.js';
import type { Node } from '../proto/model.js';
import type { ModulePath } from './module-path.js';

/** The modules that a file's names tell of, and what crosses their borders. */
export interface ModuleMap {
  /** Whether the file tells of any module. */
  readonly hasAny: boolean;
  /** Whether any node belongs to the module. */
  has(module: string): boolean;
  /** Nodes of a module and of those inside it, in topological order. */
  members(module: string): readonly Node[];
  /** Values made inside a module and used outside, or graph outputs; in topological order. */
  outputs(module: string): readonly string[];
  /** Values with data of the input that a module takes from outside, in order of first use. */
  inputs(module: string): readonly string[];
}

/** What the map is made from. */
interface Source {
  readonly index: GraphIndex;
  readonly flow: DataFlow;
  pathOfNode(node: Node): ModulePath | null;
}

/** Nodes that carry data of the input, by the path of every module that they are in. */
function membersByModule(source: Source): Map<string, Node[]> {
  const { index, flow } = source;
  const members = new Map<string, Node[]>();
  for (const node of index.nodes) {
    if (!node.outputs.some((name) => flow.carriesData(name))) continue;
    const path = source.pathOfNode(node);
    let module = '';
    for (const segment of path ?? []) {
      module = module === '' ? segment : `${module}.${segment}`;
      const list = members.get(module);
      if (list === undefined) members.set(module, [node]);
      else list.push(node);
    }
  }
  return members;
}

/**
 * Maps modules to nodes, following `facts` of the exporters: members of a module are the nodes
 * whose path is the module's or goes on from it.
 */
export function createModuleMap(source: Source): ModuleMap {
  const { index, flow } = source;
  const byModule = membersByModule(source);
  const graphOutputs = new Set(index.model.graph.outputs.map(({ name }) => name));
  const members = (module: string): readonly Node[] => byModule.get(module) ?? [];
  const outputs = new Map<string, string[]>();
  const inputs = new Map<string, string[]>();

  const findOutputs = (module: string): string[] => {
    const inside = new Set(members(module));
    const leaves = (name: string): boolean =>
      graphOutputs.has(name) ||
      (index.consumersOf.get(name) ?? []).some(
        (node) => !inside.has(node) && node.outputs.some((made) => flow.carriesData(made)),
      );
    return members(module)
      .flatMap((node) => node.outputs)
      .filter((name) => flow.carriesData(name) && leaves(name));
  };
  const findInputs = (module: string): string[] => {
    const made = new Set(members(module).flatMap((node) => node.outputs));
    const taken = members(module).flatMap(usedValues);
    return [...new Set(taken.filter((name) => flow.carriesData(name) && !made.has(name)))];
  };
  const once = (cache: Map<string, string[]>, find: (module: string) => string[]) => {
    return (module: string): readonly string[] => {
      let found = cache.get(module);
      if (found === undefined) cache.set(module, (found = find(module)));
      return found;
    };
  };
  return {
    hasAny: byModule.size > 0,
    has: (module) => byModule.has(module),
    members,
    outputs: once(outputs, findOutputs),
    inputs: once(inputs, findInputs),
  };
}
