import {
  FeaturetapError,
  type AbsentField,
  type ArchitectureCatalogue,
} from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { CataloguePlan } from '../catalogue/plan-from-entry.js';
import { planNamed, recognize, type Recognition } from '../catalogue/recognize.js';
import { indexGraph } from '../graph/graph-index.js';
import { MAX_STAGES } from '../limits.js';
import type { Model } from '../proto/model.js';
import { featureChain } from './chain.js';
import { stagePlan, unpooledPlan, vectorPlan } from './field-plan.js';
import { findClassifier, type Classifier } from './find-classifier.js';
import { findPooled, type Pooled } from './find-pooled.js';
import { stagesByScopes, stagesByStructure } from './find-stages.js';
import { findUnpooled } from './find-unpooled.js';
import { keepConsistent } from './keep-consistent.js';
import { openSides } from './open-sides.js';
import { planFromManifest } from './plan-from-manifest.js';
import { absent, type FieldPlan, type RecordPlan, type TapPlan } from './plan.js';
import { createTapContext, type TapContext } from './tap-context.js';
import { valueKind } from './value-kind.js';

/** What the caller knows about a model. */
export interface PlanOptions {
  /** Name of the architecture in timm; looked up in the catalogue when there is one. */
  readonly architecture?: string;
  /** Known architectures, such as `timmCatalogue` of `@featuretap/models`. */
  readonly catalogue?: ArchitectureCatalogue;
}

/** A network without a classifier ends in its pooled vector, when that is a vector at all. */
function pooledOutput(context: TapContext): Pooled | null {
  if (valueKind(context, context.output).kind !== 'vector') return null;
  const adapter =
    context.shapeOf(context.output)?.length === 2 ? null : ({ kind: 'flatten' } as const);
  return { value: context.output, adapter, evidence: 'structure' };
}

function planStages(context: TapContext): Pick<RecordPlan, 'stages' | 'stagesReason'> {
  const chain = featureChain(context);
  const found = stagesByScopes(context, chain) ?? stagesByStructure(context, chain);
  if (found === null) {
    return {
      stages: [],
      stagesReason: 'no value of the graph holds a feature map through which all data flows',
    };
  }
  if (found.links.length > MAX_STAGES) {
    const count = found.links.length;
    return {
      stages: [],
      stagesReason: `${count} values look like stages, more than ${MAX_STAGES}`,
    };
  }
  return { stages: found.links.map((link) => stagePlan(context, link, found.evidence)) };
}

/** Key of `metadata_props` under which `featuretap export` names the architecture. */
const ARCHITECTURE_KEY = 'featuretap.architecture';

/** What the catalogue says: of the architecture that was named, or of one that is recognised. */
function consult(
  context: TapContext,
  classifier: Classifier | null,
  { catalogue, architecture }: PlanOptions,
): Recognition | null {
  if (catalogue === undefined) return null;
  const { metadata } = context.index.model;
  const stated = metadata.find(({ key }) => key === ARCHITECTURE_KEY)?.value;
  const name = architecture ?? stated;
  if (name === undefined) return recognize(context, classifier, catalogue);
  const plan = planNamed(context, classifier, catalogue.find(name));
  if (isEmpty(plan) && context.modules.hasAny) {
    throw new FeaturetapError(
      'ARCHITECTURE_MISMATCH',
      `Expected a file of ${printableName(name, 80)}, but none of the modules of that ` +
        'architecture is there with its shapes. Leave the name out, and the file is recognised.',
    );
  }
  return { plan, architectures: [name] };
}

function isEmpty({ stages, unpooled, pooled }: CataloguePlan): boolean {
  return stages === null && unpooled === null && pooled === null;
}

/** Fields found by module paths and structure, without a catalogue. */
function planBySearch(context: TapContext, classifier: Classifier | null): RecordPlan {
  const pooled = classifier === null ? pooledOutput(context) : findPooled(context, classifier);
  const unpooled = isPooling(context, classifier) ? findUnpooled(context, classifier) : null;
  return {
    ...planStages(context),
    unpooled:
      unpooled === null
        ? absent(
            isPooling(context, classifier)
              ? 'the graph never narrows to one value with positions before pooling'
              : 'nothing is pooled: the output has positions of its own',
          )
        : unpooledPlan(context, unpooled, 'structure'),
    pooled:
      pooled === null
        ? absent(
            classifier?.isBeforePooling === true
              ? 'the classifier works on every position, before pooling'
              : 'no single vector enters the classifier',
          )
        : vectorPlan(context, pooled.value, pooled.adapter, pooled.evidence),
    logits: planLogits(context, classifier),
  };
}

/**
 * Whether the network pools its features at all. A map as the output is an answer for each position
 * (segmentation, depth, an image); tokens as the output are an encoder's features.
 */
function isPooling(context: TapContext, classifier: Classifier | null): boolean {
  return classifier !== null || valueKind(context, context.output).kind !== 'map';
}

function planLogits(context: TapContext, classifier: Classifier | null): FieldPlan | AbsentField {
  if (classifier === null) {
    return absent('the network has no classifier: its output is not made by a linear operator');
  }
  const isFlat = context.shapeOf(classifier.logits)?.length === 2;
  const adapter = isFlat ? null : ({ kind: 'flatten' } as const);
  return vectorPlan(context, classifier.logits, adapter, 'structure');
}

/** The architecture by name, or the names that the weights leave open. */
function nameOf(
  architectures: readonly string[],
  given: string | undefined,
): Pick<TapPlan, 'architecture' | 'candidates'> {
  const [only = null] = architectures;
  return architectures.length > 1
    ? { architecture: null, candidates: architectures }
    : { architecture: given ?? only, candidates: [] };
}

/**
 * Finds the four fields of the record in a model's graph.
 *
 * Evidence in this order, each field for itself: the manifest in the file, the catalogue, module
 * paths, structure.
 *
 * @throws FeaturetapError `MODEL_NO_IMAGE_INPUT`, `MODEL_MALFORMED`, `UNKNOWN_NAME` for an
 * architecture that the catalogue lacks, `ARCHITECTURE_MISMATCH` for one that the file is not, or `MANIFEST_INVALID` when the file carries a manifest that
 * does not fit it.
 */
export function planTaps(model: Model, options: PlanOptions = {}): TapPlan {
  const stated = planFromManifest(model);
  if (stated !== null) return stated;
  const context = createTapContext(indexGraph(model));
  const classifier = findClassifier(context);
  const searched = planBySearch(context, classifier);
  const known = consult(context, classifier, options);
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
    ...nameOf(known?.architectures ?? [], options.architecture),
    input: context.input,
    record: context.hasOpenSides ? openSides(consistent) : consistent,
  };
}

function pickStages({ stages, stagesReason }: RecordPlan) {
  return { stages, ...(stagesReason === undefined ? {} : { stagesReason }) };
}
