import {
  FeaturetapError,
  isFeaturetapError,
  type ArchitectureCatalogue,
  type ArchitectureEntry,
} from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { CataloguePlan } from './catalogue/plan-from-entry.js';
import { checkOptions } from './check-options.js';
import { planNamed, recognize, type Recognition } from './catalogue/recognize.js';
import { indexGraph } from './graph/graph-index.js';
import { plainGraph } from './graph/plain-graph.js';
import type { Model } from './proto/model.js';
import { findClassifier, type Classifier } from './taps/find-classifier.js';
import { keepConsistent } from './taps/keep-consistent.js';
import { openSides } from './taps/open-sides.js';
import { planFromManifest } from './taps/plan-from-manifest.js';
import { planBySearch } from './taps/plan-by-search.js';
import type { RecordPlan, TapPlan } from './taps/plan.js';
import { createTapContext, type TapContext } from './taps/tap-context.js';

/** What the caller knows about a model. */
export interface PlanOptions {
  /** Name of the architecture in timm; looked up in the catalogue when there is one. */
  readonly architecture?: string;
  /** Known architectures, such as `timmCatalogue` of `@featuretap/models`. */
  readonly catalogue?: ArchitectureCatalogue;
}

/** Key of `metadata_props` under which `featuretap export` names the architecture. */
const ARCHITECTURE_KEY = 'featuretap.architecture';

/** The entry of a name that a file states; null when the catalogue does not know it. */
function statedEntry(catalogue: ArchitectureCatalogue, name: string): ArchitectureEntry | null {
  try {
    return catalogue.find(name);
  } catch (error) {
    // Written by a newer tool, perhaps: the file may still be recognised.
    if (isFeaturetapError(error) && error.code === 'UNKNOWN_NAME') return null;
    throw error;
  }
}

/** What the catalogue says: of the architecture that was named, or of one that is recognised. */
function consult(
  context: TapContext,
  classifier: Classifier | null,
  { catalogue, architecture }: PlanOptions,
): Recognition | null {
  if (catalogue === undefined) return null;
  if (architecture !== undefined) {
    const plan = planNamed(context, classifier, catalogue.find(architecture));
    if (!isEmpty(plan)) return { plan, architectures: [architecture] };
    // Without names nothing contradicts the caller, and nothing confirms the name.
    if (!context.hasScopes) return recognize(context, classifier, catalogue);
    throw new FeaturetapError(
      'ARCHITECTURE_MISMATCH',
      `Expected a file of ${printableName(architecture, 80)}, but none of the features of that ` +
        'architecture is there with its shapes. Leave the name out, and the file is recognised.',
    );
  }
  const { metadata } = context.index.model;
  const stated = metadata.find(({ key }) => key === ARCHITECTURE_KEY)?.value;
  const entry = stated === undefined ? null : statedEntry(catalogue, stated);
  const plan = entry === null ? null : planNamed(context, classifier, entry);
  if (entry !== null && plan !== null && !isEmpty(plan)) {
    return { plan, architectures: [entry.id] };
  }
  return recognize(context, classifier, catalogue);
}

function isEmpty({ stages, unpooled, pooled }: CataloguePlan): boolean {
  return stages === null && unpooled === null && pooled === null;
}

/** The architecture by name, or the names that the weights leave open. */
function nameOf(architectures: readonly string[]): Pick<TapPlan, 'architecture' | 'candidates'> {
  const [only = null] = architectures;
  return architectures.length > 1
    ? { architecture: null, candidates: architectures }
    : { architecture: only, candidates: [] };
}

/**
 * Finds the four fields of the record in a model's graph.
 *
 * Evidence in this order, each field for itself: the manifest in the file, the catalogue, module
 * paths, structure.
 *
 * @throws FeaturetapError `MODEL_NO_IMAGE_INPUT`, `MODEL_MALFORMED`, `UNKNOWN_NAME` for an
 * architecture that the catalogue lacks, `ARCHITECTURE_MISMATCH` for one whose modules are not in a
 * file that names its modules, `MANIFEST_INVALID` when the file carries a manifest that does not fit
 * it, or `OPTION_INVALID` for an option that does not exist or does not fit.
 */
export function planTaps(model: Model, options: PlanOptions = {}): TapPlan {
  checkOptions(options, 'planTaps');
  const stated = planFromManifest(model);
  if (stated !== null) return stated;
  const context = createTapContext(plainGraph(indexGraph(model)));
  const classifier = findClassifier(context);
  const searched = planBySearch(context, classifier);
  const known = consult(context, classifier, options);
  // Without a catalogue the caller's name is taken as it is.
  const { catalogue, architecture } = options;
  const given = catalogue === undefined && architecture !== undefined ? [architecture] : [];
  const stages = known?.plan.stages ?? null;
  const record: RecordPlan = {
    ...(stages === null ? pickStages(searched) : { stages }),
    unpooled: known?.plan.unpooled ?? searched.unpooled,
    // Without a classifier the network ends in pooled, which needs no finding.
    pooled: (classifier === null ? null : known?.plan.pooled) ?? searched.pooled,
    logits: searched.logits,
  };
  const consistent = keepConsistent(context.index, record);
  return {
    ...nameOf(known?.architectures ?? given),
    input: context.input,
    record: context.hasOpenSides ? openSides(consistent) : consistent,
  };
}

function pickStages({ stages, stagesReason }: RecordPlan) {
  return { stages, ...(stagesReason === undefined ? {} : { stagesReason }) };
}
