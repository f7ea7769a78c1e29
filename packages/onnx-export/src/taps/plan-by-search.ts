import type { AbsentField } from '@featuretap/core/spec';
import { MAX_STAGES } from '../limits.js';
import { featureChain } from './chain.js';
import { stagePlan, unpooledPlan, vectorPlan } from './field-plan.js';
import type { Classifier } from './find-classifier.js';
import { findPooled, type Pooled } from './find-pooled.js';
import { stagesByScopes, stagesByStructure } from './find-stages.js';
import { findUnpooled } from './find-unpooled.js';
import { absent, type FieldPlan, type RecordPlan } from './plan.js';
import type { TapContext } from './tap-context.js';
import { valueKind } from './value-kind.js';

/** A network without a classifier ends in its pooled vector, when that is a vector at all. */
function pooledOutput(context: TapContext): Pooled | null {
  if (valueKind(context, context.output).kind !== 'vector') return null;
  const adapter =
    context.shapeOf(context.output)?.length === 2 ? null : ({ kind: 'flatten' } as const);
  return { value: context.output, adapter, evidence: 'structure' };
}

function planStages(context: TapContext): Pick<RecordPlan, 'stages' | 'stagesReason'> {
  const chain = featureChain(context);
  const scoped = context.hasScopes ? stagesByScopes(context, chain) : null;
  const found = scoped ?? stagesByStructure(context, chain);
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

/** Fields found by module paths and structure, without a catalogue. */
export function planBySearch(context: TapContext, classifier: Classifier | null): RecordPlan {
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
