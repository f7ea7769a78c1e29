import type { z } from 'zod';
import type { DeepReadonly } from './deep-readonly.js';
import { manifestSchema } from './manifest.js';

/** A manifest as `featuretap types` writes it into source code: class names may be left out. */
export const manifestConstantSchema = manifestSchema.extend({
  /** Class names in the order of the logits; left out where they would be a long list. */
  labels: manifestSchema.shape.labels.optional(),
});

/**
 * A manifest written into source code, which makes the types of its records exact.
 *
 * `featuretap types` writes one: `export const manifest = { … } as const satisfies
 * ManifestConstant`. Every {@link Manifest} is one too, without exact types.
 */
export type ManifestConstant = DeepReadonly<z.infer<typeof manifestConstantSchema>>;
