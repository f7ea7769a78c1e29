import type { GraphIndex } from '../graph/graph-index.js';
import { plainNode } from '../graph/quantized-operators.js';
import { MAX_RANK } from '../limits.js';
import { isFloatType } from '../proto/fields.js';
import type { BodyNode, DeclaredDim } from '../proto/model.js';
import { factOf, type Fact, type ShapeRule } from './fact.js';
import { convPoolRules } from './rules/conv-pool.js';
import { elementwiseRules } from './rules/elementwise.js';
import { layoutRules } from './rules/layout.js';
import { matrixRules } from './rules/matrix.js';
import { selectRules } from './rules/select.js';

const RULES: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...convPoolRules,
    ...matrixRules,
    ...layoutRules,
    ...selectRules,
  }),
);

/**
 * Whether numbers can be a shape. Gather can double the rank with each node, so it is bounded here
 * and not only in the file; sizes above 2^53 are no numbers that a manifest can hold.
 */
function isShape(dims: readonly (number | null)[]): dims is readonly number[] {
  return dims.length <= MAX_RANK && dims.every((dim) => Number.isSafeInteger(dim) && dim! >= 0);
}

/** Opset that rules assume when a file does not say. */
const DEFAULT_OPSET = 18;

/**
 * Facts of every value of the graph when symbolic sizes have the values given.
 *
 * An operator without a rule, or a rule that cannot say, leaves the declared shape if there is one,
 * else nothing: never an error.
 */
export function inferFacts(
  index: GraphIndex,
  sizeOf: (dim: DeclaredDim, axis: number, value: string) => number | null,
): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  const declared = (name: string): Fact | undefined => {
    const shape = index.declarationOf.get(name)?.shape;
    if (!shape) return undefined;
    const dims = shape.map((dim, axis) =>
      typeof dim === 'number' ? dim : sizeOf(dim, axis, name),
    );
    return isShape(dims) ? factOf(dims) : undefined;
  };
  for (const [name, tensor] of index.constantOf) {
    if (!isShape(tensor.dims)) continue;
    const isFloat = isFloatType(tensor.dataType);
    facts.set(name, { ...factOf(tensor.dims, tensor.values), isFloat });
  }
  for (const { name } of index.inputs) {
    const fact = declared(name);
    if (fact !== undefined) facts.set(name, fact);
  }
  const opset = index.model.opsets.get('') ?? DEFAULT_OPSET;
  inferNodes(index.nodes, facts, opset, declared);
  return facts;
}

/** Adds the facts of what the nodes make to `facts`; nodes stand behind those they depend on. */
function inferNodes(
  nodes: readonly BodyNode[],
  facts: Map<string, Fact>,
  opset: number,
  declared: (name: string) => Fact | undefined,
): void {
  for (const original of nodes) {
    const node = plainNode(original);
    const rule = node.domain === '' ? RULES.get(node.opType) : undefined;
    const inputs = node.inputs.map((name) => facts.get(name));
    const outputs =
      node.opType === 'If'
        ? inferBranch(node, inputs[0], facts, opset)
        : (rule?.(node, inputs, opset) ?? []);
    // Results are of the type of what they are made from, unless a rule says otherwise.
    const isFloat = inputs.some((fact) => fact?.isFloat === true);
    node.outputs.forEach((name, i) => {
      const fact = outputs[i];
      const usable = fact !== undefined && isShape(fact.dims) ? { isFloat, ...fact } : undefined;
      const known = usable ?? declared(name);
      if (known !== undefined) facts.set(name, known);
    });
  }
}

/**
 * Facts of what an If returns, when its condition is known: exporters write an If to choose between
 * two ways of making a shape.
 */
function inferBranch(
  node: BodyNode,
  condition: Fact | undefined,
  facts: ReadonlyMap<string, Fact>,
  opset: number,
): readonly (Fact | undefined)[] {
  const chosen = condition?.values?.[0];
  if (chosen === undefined) return [];
  const body = node.attributes.get(chosen === 0 ? 'else_branch' : 'then_branch')?.body;
  if (body === undefined) return [];
  // The graph around it must not see names of the body: only what is captured is handed in.
  const inner = new Map<string, Fact>();
  for (const name of node.captures) {
    const fact = facts.get(name);
    if (fact !== undefined) inner.set(name, fact);
  }
  inferNodes(body.nodes, inner, opset, () => undefined);
  return body.outputs.map((name) => inner.get(name));
}
