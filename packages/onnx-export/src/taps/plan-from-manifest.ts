import {
  FeaturetapError,
  MANIFEST_KEY,
  manifestSchema,
  parseWith,
  type FieldOutput,
  type Manifest,
} from '@featuretap/core/spec';
import type { Model } from '../proto/model.js';
import type { FieldPlan, TapPlan } from './plan.js';

/** The manifest in a model's metadata, or null. @throws FeaturetapError `MANIFEST_INVALID` */
export function readManifest(model: Model): Manifest | null {
  const entry = model.metadata.find(({ key }) => key === MANIFEST_KEY);
  if (entry === undefined) return null;
  let json: unknown;
  try {
    json = JSON.parse(entry.value);
  } catch (cause) {
    throw new FeaturetapError(
      'MANIFEST_INVALID',
      `Expected JSON in the model's "${MANIFEST_KEY}" metadata, got something else. ` +
        'Tap the original model again.',
      { cause },
    );
  }
  return parseWith(manifestSchema, json, 'manifest in the model', 'MANIFEST_INVALID');
}

/** In a tapped file each field is an output already, adapter applied. */
function fieldPlan(field: FieldOutput): FieldPlan {
  const { output, shape, layout, reduction, module } = field;
  return {
    value: output,
    adapter: null,
    shape: [...shape],
    layout,
    ...(reduction === undefined ? {} : { reduction }),
    ...(module === undefined ? {} : { module }),
    evidence: 'manifest',
  };
}

/**
 * The plan that a file's own manifest states, or null when it carries none.
 *
 * @throws FeaturetapError `MANIFEST_INVALID` when the manifest names outputs that are not there.
 */
export function planFromManifest(model: Model): TapPlan | null {
  const manifest = readManifest(model);
  if (manifest === null) return null;
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const plan = <T extends object>(field: FieldOutput | T): FieldPlan | T => {
    if (!('output' in field)) return field;
    if (!outputs.has(field.output)) {
      throw new FeaturetapError(
        'MANIFEST_INVALID',
        `Expected an output named "${field.output}", as the manifest in the model says, found none. ` +
          'The file was edited after tapping; tap the original model again.',
      );
    }
    return fieldPlan(field);
  };
  const { stages, stagesReason, unpooled, pooled, logits } = manifest.record;
  return {
    architecture: manifest.architecture,
    input: manifest.input,
    record: {
      stages: stages.map((stage) => plan(stage) as FieldPlan),
      ...(stagesReason === undefined ? {} : { stagesReason }),
      unpooled: Array.isArray(unpooled)
        ? unpooled.map((branch) => plan(branch) as FieldPlan)
        : plan(unpooled),
      pooled: plan(pooled),
      logits: plan(logits),
    },
  };
}
