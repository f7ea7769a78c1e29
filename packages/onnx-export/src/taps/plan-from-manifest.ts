import {
  invalidManifest,
  MANIFEST_KEY,
  parseManifest,
  type FieldOutput,
  type Manifest,
} from '@featuretap/core/spec';
import type { Model } from '../proto/model.js';
import type { FieldPlan, TapPlan } from './plan.js';

/** What carries the manifest, for messages. */
const WHERE = 'the model';

/** The manifest in a model's metadata, or null. @throws FeaturetapError `MANIFEST_INVALID` */
export function readManifest(model: Model): Manifest | null {
  const [entry, second] = model.metadata.filter(({ key }) => key === MANIFEST_KEY);
  if (second !== undefined) throw invalidManifest(WHERE, 'one manifest, found several');
  return entry === undefined ? null : parseManifest(entry.value, WHERE);
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
      throw invalidManifest(WHERE, `an output "${field.output}", as its manifest says, found none`);
    }
    return fieldPlan(field);
  };
  const { stages, stagesReason, unpooled, pooled, logits } = manifest.record;
  return {
    architecture: manifest.architecture,
    candidates: [],
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
