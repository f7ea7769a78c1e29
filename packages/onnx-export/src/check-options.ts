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

/** Of operations on an open model. */
const onModel = {
  weights: made('a plan of the weights, see linkWeights').optional(),
};

/** Of operations on a file. */
const onFile = {
  weights: z.enum(['copy', 'link']).optional(),
  sync: z.boolean().optional(),
};

/** Of planning. */
const plan = {
  architecture: z.string().optional(),
  catalogue: made('a catalogue of architectures').optional(),
};

/** Of operations on a file that find taps first. */
const onPlannedFile = { ...onFile, ...plan, hash: z.boolean().optional() };

/** Which fields, and what is recorded beside them. */
const selection = {
  fields: z.array(fieldNameSchema).optional(),
  stages: z.array(z.int()).optional(),
  preprocess: preprocessSpecSchema.optional(),
  labels: z.array(z.string()).optional(),
};

const recorded = { sha256: z.string().optional() };

const tap = {
  ...selection,
  dtype: z.enum(['float32', 'float16']).optional(),
  reduce: z.enum(['avg', 'max', 'none']).optional(),
  outputs: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  input: z.literal('uint8').optional(),
};

const prune = { from: z.array(z.string()).optional(), to: z.array(z.string()).optional() };

/** The interface of the options of each function says what they are for. */
const SCHEMAS = {
  planTaps: strictOptions(plan),
  tapModel: strictOptions({ ...tap, ...recorded, ...onModel }),
  tapFile: strictOptions({ ...tap, ...onPlannedFile }),
  splitModel: strictOptions({ ...selection, ...recorded, ...onModel }),
  splitFile: strictOptions({ ...selection, ...onPlannedFile }),
  pruneModel: strictOptions({ ...prune, ...onModel }),
  pruneFile: strictOptions({ ...prune, ...onFile }),
  reheadModel: strictOptions({ ...selection, ...recorded, ...onModel }),
  reheadFile: strictOptions({ ...selection, ...onPlannedFile }),
};

/** A function that takes options. */
export type OptionsTaker = keyof typeof SCHEMAS;

/**
 * Refuses options that do not exist or are of another kind: callers without types may give anything,
 * and a misspelt option would silently make something else.
 *
 * @throws FeaturetapError `OPTION_INVALID`
 */
export function checkOptions(options: object, of: OptionsTaker): void {
  parseWith<unknown>(SCHEMAS[of], options, `options of ${of}`);
}
