import {
  fieldNameSchema,
  parseWith,
  preprocessSpecSchema,
  strictOptions,
} from '@featuretap/core/spec';
import { z } from 'zod';

/** An object that our own functions make, and that is not looked into. */
const made = (what: string) =>
  z.custom<object>((value) => typeof value === 'object' && value !== null, `expected ${what}`);

/** What both take; {@link TapOptions} says what it is for. */
const shared = {
  fields: z.array(fieldNameSchema).optional(),
  stages: z.array(z.int()).optional(),
  dtype: z.enum(['float32', 'float16']).optional(),
  reduce: z.enum(['avg', 'max', 'none']).optional(),
  outputs: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  input: z.literal('uint8').optional(),
  preprocess: preprocessSpecSchema.optional(),
  labels: z.array(z.string()).optional(),
};

const SCHEMAS = {
  tapModel: strictOptions({
    ...shared,
    sha256: z.string().optional(),
    weights: made('a plan of the weights, see planWeights').optional(),
  }),
  tapFile: strictOptions({
    ...shared,
    weights: z.enum(['copy', 'link']).optional(),
    hash: z.boolean().optional(),
    sync: z.boolean().optional(),
    architecture: z.string().optional(),
    catalogue: made('a catalogue of architectures').optional(),
  }),
};

/** What is tapped: an open model, or a file. */
export type TapTarget = keyof typeof SCHEMAS;

/**
 * Refuses options that do not exist or are of another kind: callers without types may give anything,
 * and a misspelt option would silently tap something else.
 *
 * @throws FeaturetapError `OPTION_INVALID`
 */
export function checkTapOptions(options: object, of: TapTarget): void {
  parseWith<unknown>(SCHEMAS[of], options, `options of ${of}`);
}
