import { indexGraph } from '../graph/graph-index.js';
import { MAX_STAGES } from '../limits.js';
import type { Model } from '../proto/model.js';
import { featureChain } from './chain.js';
import { stagePlan, unpooledPlan, vectorPlan } from './field-plan.js';
import { findClassifier } from './find-classifier.js';
import { findPooled, type Pooled } from './find-pooled.js';
import { stagesByScopes, stagesByStructure } from './find-stages.js';
import { findUnpooled } from './find-unpooled.js';
import { planFromManifest } from './plan-from-manifest.js';
import { absent, type RecordPlan, type TapPlan } from './plan.js';
import { createTapContext, type TapContext } from './tap-context.js';
import { valueKind } from './value-kind.js';

/** What the caller knows about a model. */
export interface PlanOptions {
  /** Name of the architecture in timm; recorded in the plan. */
  readonly architecture?: string;
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

/**
 * Finds the four fields of the record in a model's graph.
 *
 * Evidence in this order, each field for itself: the manifest in the file, module paths, structure.
 *
 * @throws FeaturetapError `MODEL_NO_IMAGE_INPUT`, `MODEL_MALFORMED`, or `MANIFEST_INVALID` when the
 * file carries a manifest that does not fit it.
 */
export function planTaps(model: Model, options: PlanOptions = {}): TapPlan {
  const stated = planFromManifest(model);
  if (stated !== null) return stated;
  const context = createTapContext(indexGraph(model));
  const classifier = findClassifier(context);
  const pooled = classifier === null ? pooledOutput(context) : findPooled(context, classifier);
  const unpooled = findUnpooled(context);
  return {
    architecture: options.architecture ?? null,
    input: context.input,
    record: {
      ...planStages(context),
      unpooled:
        unpooled === null
          ? absent('the graph never narrows to one value with positions before pooling')
          : unpooledPlan(context, unpooled, 'structure'),
      pooled:
        pooled === null
          ? absent('no single vector enters the classifier')
          : vectorPlan(context, pooled.value, pooled.adapter, pooled.evidence),
      logits:
        classifier === null
          ? absent('the network has no classifier: its output is not made by a linear operator')
          : vectorPlan(
              context,
              classifier.logits,
              context.shapeOf(classifier.logits)?.length === 2 ? null : { kind: 'flatten' },
              'structure',
            ),
    },
  };
}
