import { z } from 'zod';
import { dimSchema, layoutSchema } from './layout.js';
import {
  fieldOutputSchema,
  MANIFEST_VERSION,
  sourceSchema,
  weightFilesSchema,
} from './manifest.js';

/** Key of the `metadata_props` entry of a head file that holds its manifest as JSON. */
export const HEAD_MANIFEST_KEY = 'featuretap.head';

/** What the head view of a model takes and returns: the part from pooled features to logits. */
export const headManifestSchema = z.strictObject({
  /** Format version, {@link MANIFEST_VERSION}. */
  version: z.literal(MANIFEST_VERSION),
  /** Program that wrote the file, with its version. */
  tool: z.string(),
  /** The original file. */
  source: sourceSchema,
  /** Files beside this one that hold its weights; left out when all weights are inside. */
  weightFiles: weightFilesSchema.optional(),
  /** Name of the architecture in timm, or null when unknown. */
  architecture: z.string().nullable(),
  /** What goes in: an output of the backbone view of the same model. */
  input: z.strictObject({
    /** Name of the graph input, which is the name of the backbone's output. */
    name: z.string(),
    /** Element type. */
    dtype: z.enum(['float32', 'float16']),
    /** Shape; the batch axis first. */
    shape: z.array(dimSchema).min(2).max(4),
    /** Meaning of the axes, or null for a value that is no field. */
    layout: layoutSchema.nullable(),
  }),
  /** Class names in the order of the logits, when they were given. */
  labels: z.array(z.string()).nullable(),
  /** Classifier output. */
  logits: fieldOutputSchema,
});

/** What the head view of a model takes and returns, see {@link headManifestSchema}. */
export type HeadManifest = z.infer<typeof headManifestSchema>;
