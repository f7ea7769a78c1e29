import {
  FeaturetapError,
  MANIFEST_KEY,
  type Dim,
  type ExtraOutput,
  type Manifest,
} from '@featuretap/core/spec';
import { checkOptions } from './check-options.js';
import type { Model } from './proto/model.js';
import { attachHead, besideHead } from './rehead/add-head.js';
import type { ClassAxis } from './rehead/behind-logits.js';
import { DROPPED, dropHead } from './rehead/drop-head.js';
import { checkLabels } from './check-labels.js';
import { checkHead, type HeadField, type NewHead } from './rehead/new-head.js';
import { checkRequest, type ReheadRequest } from './rehead/rehead-request.js';
import { replaceHead } from './rehead/replace-head.js';
import {
  noField,
  startTapped,
  startUntapped,
  type HeadChange,
  type ReheadOptions,
  type ReheadStart,
} from './rehead/start-rehead.js';
import { addedTo, type TappedModel } from './tap-model.js';
import { absent, isFound, type TapPlan } from './taps/plan.js';
import { readManifest } from './taps/plan-from-manifest.js';
import { spliceModel } from './write/splice-model.js';

function withClasses(shape: readonly Dim[], classes: number): Dim[] {
  return shape.map((dim, axis) => (axis === 1 ? classes : dim));
}

/** The plan with the logits of the new classifier, or without logits when it is dropped. */
function plannedRecord({ record }: TapPlan, classes: number | null): TapPlan['record'] {
  const { logits } = record;
  if (!isFound(logits)) return record;
  if (classes === null) return { ...record, logits: absent(DROPPED) };
  return { ...record, logits: { ...logits, shape: withClasses(logits.shape, classes) } };
}

/** The manifest with the logits of the new classifier; extras behind them change with them. */
function describeReplaced(
  { record, extras, ...rest }: Manifest,
  behind: ReadonlyMap<string, ClassAxis>,
  classes: number,
): Manifest {
  const { logits } = record;
  const reshaped = (extra: ExtraOutput): ExtraOutput => {
    const { axis, shape } = behind.get(extra.output) ?? { axis: null, shape: [] };
    return axis === null || extra.shape === null ? extra : { ...extra, shape: [...shape] };
  };
  return {
    ...rest,
    ...(extras === undefined ? {} : { extras: extras.map(reshaped) }),
    record: {
      ...record,
      logits:
        'output' in logits ? { ...logits, shape: withClasses(logits.shape, classes) } : logits,
    },
  };
}

async function replace(
  start: ReheadStart,
  logits: HeadField,
  head: NewHead,
  classes: number,
): Promise<HeadChange> {
  const { edit, manifest, pooled, types } = start;
  const image = manifest.input.name;
  const made = await replaceHead(edit, { pooled, logits, head, classes, types, image });
  return { edit: made.edit, manifest: describeReplaced(manifest, made.behind, classes) };
}

async function change(
  start: ReheadStart,
  request: ReheadRequest,
  classes: number | null,
): Promise<HeadChange> {
  if (request.kind === 'drop' || classes === null) return dropHead(start);
  const { logits, manifest } = start;
  if (request.kind === 'beside') {
    if (logits !== null && manifest.labels !== null) {
      checkLabels(manifest.labels, logits.shape[1]);
    }
    return besideHead(start, request, request.name);
  }
  const labels = request.labels === undefined ? null : [...request.labels];
  const labelled = { ...start, manifest: { ...manifest, labels } };
  return logits === null
    ? attachHead(labelled, request)
    : await replace(labelled, logits, request, classes);
}

/** Refuses labels of a classifier that goes. */
function refuseLabels({ labels }: ReheadOptions, kind: ReheadRequest['kind']): void {
  if (labels === undefined || kind === 'beside') return;
  throw new FeaturetapError(
    'OPTION_INVALID',
    'Expected labels of the new classifier with its weights, got some for the old one, which goes. ' +
      'Give them in the request.',
  );
}

/** Number of classes of the new classifier, checked; null when there is none. */
function classesOf({ record }: TapPlan, request: ReheadRequest): number | null {
  const { pooled } = record;
  if (!isFound(pooled)) throw noField('pooled', pooled.reason);
  return request.kind === 'drop' ? null : checkHead(request, pooled.shape[1]);
}

/**
 * Changes the classifier of a model: replaces it by a linear one on pooled, drops it, or adds a
 * second one beside it.
 *
 * Everything that only the old classifier needed is left out, its weights too. A file that is not
 * tapped yet is tapped; of a tapped file, all outputs that do not depend on the old classifier stay
 * bit for bit, and the manifest goes on to name the original as its source. A network without a
 * classifier gets its first one by `replace`.
 *
 * @param plan - what `planTaps` finds in the model.
 * @throws FeaturetapError
 * `TAP_NOT_FOUND` (the model has no pooled features, or no logits to drop);
 * `INPUT_INVALID` (weights of another shape, or not finite); `OPTION_INVALID` (labels, names, fields
 * of a tapped file); `MODEL_UNSUPPORTED` (an operator behind the logits depends on the number of
 * classes)
 */
export async function reheadModel(
  model: Model,
  plan: TapPlan,
  request: ReheadRequest,
  options: ReheadOptions = {},
): Promise<TappedModel> {
  checkRequest(request);
  checkOptions(options, 'reheadModel');
  refuseLabels(options, request.kind);
  const classes = classesOf(plan, request);
  const tapped = readManifest(model);
  const planned = request.kind === 'beside' ? plan.record : plannedRecord(plan, classes);
  const start =
    tapped === null
      ? await startUntapped(model, plan, planned, options)
      : startTapped(model, tapped, options);
  const { edit, manifest: changed } = await change(start, request, classes);
  const { added: before, classWeights, ...rest } = changed;
  const keepsHead = request.kind === 'beside' && classWeights !== undefined;
  const manifest: Manifest = {
    ...rest,
    ...(keepsHead ? { classWeights } : {}),
    ...addedTo(edit, tapped === null ? { front: 0, back: 0 } : before),
  };
  const segments = spliceModel(edit, {
    metadata: [{ key: MANIFEST_KEY, value: JSON.stringify(manifest) }],
    weights: options.weights?.splices ?? [],
  });
  return { segments, manifest };
}
