import type { ArchitectureCatalogue, ArchitectureEntry, EntryOutline } from '@featuretap/core/spec';
import type { Classifier } from '../taps/find-classifier.js';
import type { TapContext } from '../taps/tap-context.js';
import { planFromEntry, type CataloguePlan } from './plan-from-entry.js';
import { resolveByOrigin } from './resolve-by-origin.js';
import { resolveByModules, type Resolver } from './resolver.js';
import {
  pathSignature,
  shapeSignature,
  weightedProducts,
  type WeightedProduct,
} from './weight-signature.js';

/** What the catalogue knows of a file. */
export interface Recognition {
  /** The plan. */
  readonly plan: CataloguePlan;
  /** Architectures whose weights have these paths and shapes; empty when only the recipe fits. */
  readonly architectures: readonly string[];
}

/** The module that everything is in, as a wrapper around the network adds: `model`. */
function commonPrefix(products: readonly WeightedProduct[]): readonly string[] {
  const [first] = products;
  if (first === undefined) return [];
  let depth = 0;
  const shared = (at: number): boolean => {
    const segment = first.path[at];
    return segment !== undefined && products.every(({ path }) => path[at] === segment);
  };
  while (shared(depth)) depth++;
  return first.path.slice(0, depth);
}

function isComplete(plan: CataloguePlan, classifier: Classifier | null): boolean {
  // Without a classifier the network's output is pooled.
  const hasPooled = plan.pooled !== null || plan.hasNoPooled === true || classifier === null;
  return plan.stages !== null && plan.unpooled !== null && hasPooled;
}

function hasHead({ classifiers }: ArchitectureEntry): boolean {
  return classifiers.length > 0;
}

/**
 * Entries that fit the file's head: with a classifier where it has one. A file without one may be any
 * network that was exported so (`num_classes=0`), if no entry is without one itself.
 */
function withHeadOf(
  entries: readonly ArchitectureEntry[],
  classifier: Classifier | null,
): readonly ArchitectureEntry[] {
  const same = entries.filter((entry) => hasHead(entry) === (classifier !== null));
  return same.length === 0 && classifier === null ? entries : same;
}

/** Whether the modules that a recipe starts with are in the file: a cheap look before the full. */
function mayFit(resolver: Resolver, { lastStage }: EntryOutline): boolean {
  return lastStage?.kind !== 'anchors' || resolver.part(lastStage.anchors).length > 0;
}

/**
 * Whether the file's blocks go on behind the last one that an entry counts: a deeper relative. Only
 * where every block is a stage; elsewhere blocks behind the last stage may belong to the head.
 */
function goesOn(resolver: Resolver, { stages }: ArchitectureEntry): boolean {
  const [before, last] = stages.slice(-2);
  if (last === undefined || before?.shape.join() !== last.shape.join()) return false;
  const [anchor] = last.recipe.kind === 'anchors' ? last.recipe.anchors : [];
  const [, container, number] = /^(.*?)(\d+)$/.exec(anchor?.module ?? '') ?? [];
  if (container === undefined) return false;
  return resolver.part([{ module: `${container}${Number(number) + 1}`, at: 'output' }]).length > 0;
}

/** Position of the node that makes the last stage, from the end of the graph. */
function nodesBehindStages(positions: ReadonlyMap<string, number>, plan: CataloguePlan): number {
  const last = plan.stages?.at(-1);
  const at = last?.value == null ? undefined : positions.get(last.value);
  return at === undefined ? Infinity : positions.size - at;
}

/** Keeps a field only where all candidates agree on it. */
function agreed<T>(plans: readonly CataloguePlan[], field: (plan: CataloguePlan) => T): T | null {
  const [first] = plans.map(field);
  const key = JSON.stringify(first);
  const same = plans.every((plan) => JSON.stringify(field(plan)) === key);
  return first === undefined || !same ? null : first;
}

/** The fields on which all candidates agree. */
function agreement(plans: readonly CataloguePlan[]): CataloguePlan {
  return {
    stages: agreed(plans, (plan) => plan.stages),
    unpooled: agreed(plans, (plan) => plan.unpooled),
    pooled: agreed(plans, (plan) => plan.pooled),
  };
}

/**
 * The plan that the recipes of all families leave: of those whose every field is in the file, the
 * ones whose last stage comes last, since a shallower relative of the network may fit too; a field
 * on which they disagree is left to other evidence.
 */
function planByRecipes(
  resolver: Resolver,
  classifier: Classifier | null,
  catalogue: ArchitectureCatalogue,
): CataloguePlan | null {
  const positions = new Map(
    resolver.context.index.nodes.flatMap((node, i) => node.outputs.map((name) => [name, i])),
  );
  let best: CataloguePlan[] = [];
  let fewest = Infinity;
  const accept = (outline: EntryOutline): boolean =>
    outline.hasClassifier === (classifier !== null) && mayFit(resolver, outline);
  for (const entry of catalogue.distinctRecipes(accept)) {
    if (goesOn(resolver, entry)) continue;
    const plan = planFromEntry(resolver, entry);
    const behind = isComplete(plan, classifier) ? nodesBehindStages(positions, plan) : Infinity;
    if (behind < fewest) [best, fewest] = [[], behind];
    if (behind === fewest && behind < Infinity) best.push(plan);
  }
  return best.length === 0 ? null : agreement(best);
}

/**
 * Fields of a file without names, when its weights' shapes are those of known networks: each field
 * for which all of them name the same value.
 */
function recognizeByShapes(
  context: TapContext,
  classifier: Classifier | null,
  catalogue: ArchitectureCatalogue,
  products: readonly WeightedProduct[],
): Recognition | null {
  const same = withHeadOf(catalogue.withShapeSignature(shapeSignature(products)), classifier);
  if (same.length === 0) return null;
  const resolver = resolveByOrigin(context);
  const plans = same.map((entry) => planFromEntry(resolver, entry));
  return { plan: agreement(plans), architectures: same.map(({ id }) => id) };
}

/** Everything that the file's own names and shapes say of its architecture. */
export function recognize(
  context: TapContext,
  classifier: Classifier | null,
  catalogue: ArchitectureCatalogue,
): Recognition | null {
  const products = weightedProducts(context, classifier);
  if (!context.hasScopes) {
    // Borders of modules are not known, so what is made of the weights decides.
    const byShapes = recognizeByShapes(context, classifier, catalogue, products);
    if (byShapes !== null || !context.modules.hasAny) return byShapes;
  }
  const wrapper = commonPrefix(products);
  for (const shared of wrapper.length === 0 ? [[]] : [[], wrapper]) {
    const inner = products.map(({ path, elements }) => ({
      path: path.slice(shared.length),
      elements,
    }));
    const resolver = resolveByModules(context, prefixOf(shared));
    const same = withHeadOf(catalogue.withSignature(pathSignature(inner)), classifier);
    const plans = same
      .map((entry) => planFromEntry(resolver, entry))
      .filter((plan) => isComplete(plan, classifier));
    if (plans.length > 0) {
      return { plan: agreement(plans), architectures: same.map(({ id }) => id) };
    }
    const plan = planByRecipes(resolver, classifier, catalogue);
    if (plan !== null) return { plan, architectures: [] };
  }
  return null;
}

/** The plan of an architecture that was named. */
export function planNamed(
  context: TapContext,
  classifier: Classifier | null,
  entry: ArchitectureEntry,
): CataloguePlan {
  if (!context.hasScopes) return planFromEntry(resolveByOrigin(context), entry);
  const wrapper = commonPrefix(weightedProducts(context, classifier));
  const direct = planFromEntry(resolveByModules(context, ''), entry);
  if (wrapper.length === 0 || isComplete(direct, classifier)) return direct;
  const wrapped = planFromEntry(resolveByModules(context, prefixOf(wrapper)), entry);
  return isComplete(wrapped, classifier) ? wrapped : direct;
}

function prefixOf(wrapper: readonly string[]): string {
  return wrapper.map((segment) => `${segment}.`).join('');
}
