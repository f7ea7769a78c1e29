import { z } from 'zod';
import { adapterSchema } from './adapter.js';
import { dtypeSchema } from './dtype-schema.js';
import { dimSchema, layoutSchema } from './layout.js';
import { preprocessSpecSchema } from './preprocess-spec.js';

/** Key of the model's `metadata_props` entry that holds the manifest as JSON. */
export const MANIFEST_KEY = 'featuretap';

/** Which source of evidence decided a field, strongest first. */
export const evidenceSchema = z.enum(['manifest', 'catalogue', 'scopes', 'structure', 'option']);

/** Source of evidence, see {@link evidenceSchema}; `option` is a value named by the user. */
export type Evidence = z.infer<typeof evidenceSchema>;

/** Names of the four fields of a record, in their order. */
export const fieldNameSchema = z.enum(['stages', 'unpooled', 'pooled', 'logits']);

/** Name of a field of a record. */
export type FieldName = z.infer<typeof fieldNameSchema>;

/** One output of a tapped file, and the graph value that it exposes. */
export const fieldOutputSchema = z.strictObject({
  /** Name of the graph output in the tapped file. */
  output: z.string(),
  /** Name of the graph value in the original file. */
  value: z.string(),
  /** Nodes between that value and the output, or null. */
  adapter: adapterSchema.nullable(),
  /** Element type of the output. */
  dtype: z.enum(['float32', 'float16']),
  /** Shape of the output; the batch axis is a name unless the export fixed it. */
  shape: z.array(dimSchema).min(2).max(4),
  /** Meaning of the axes. */
  layout: layoutSchema,
  /** How a stage was reduced over its positions to [N, C] inside the graph; left out for a map. */
  reduce: z.enum(['avg', 'max']).optional(),
  /** Input pixels per position, for stages. */
  reduction: z.number().positive().optional(),
  /** Number of the stage in the network, from 0; left out where it is the position in the list. */
  index: z.int().min(0).optional(),
  /** Module path in the network that the value comes from, when known. */
  module: z.string().optional(),
  /** Which source of evidence decided. */
  evidence: evidenceSchema,
});

/** One output of a tapped file, see {@link fieldOutputSchema}. */
export type FieldOutput = z.infer<typeof fieldOutputSchema>;

/** A field that the file does not have, and why. */
export const absentFieldSchema = z.strictObject({
  /** Always null: there is no such value. */
  value: z.null(),
  /** Why the field cannot be had, or that it was not asked for. */
  reason: z.string(),
});

/** A field that the file does not have. */
export type AbsentField = z.infer<typeof absentFieldSchema>;

const fieldOrAbsent = z.union([fieldOutputSchema, absentFieldSchema]);

/** Version of the manifest's own format; a reader refuses a higher one. */
export const MANIFEST_VERSION = 1;

/** A further output of a tapped file that is no field of the record. */
export const extraOutputSchema = z.strictObject({
  /** Name of the graph output in the tapped file. */
  output: z.string(),
  /** Name of the graph value in the original file, or null for one that surgery computes. */
  value: z.string().nullable(),
  /** Element type of the output, or null when the file does not say. */
  dtype: dtypeSchema.nullable(),
  /** Shape of the output, or null when the file does not say. */
  shape: z.array(dimSchema).nullable(),
  /** Class names, when it is a classifier's output. */
  labels: z.array(z.string()).optional(),
});

/** A further output of a tapped file, see {@link extraOutputSchema}. */
export type ExtraOutput = z.infer<typeof extraOutputSchema>;

/** Files beside a model file that hold weights of it. */
export const weightFilesSchema = z.array(
  z.strictObject({
    /** Path relative to the model's folder, with forward slashes, as `external_data` has it. */
    location: z.string().min(1),
    /** Size when the model was written, bytes. */
    bytes: z.int().min(0),
  }),
);

/** Files beside a model file that hold weights of it, see {@link weightFilesSchema}. */
export type WeightFiles = z.infer<typeof weightFilesSchema>;

/** What a file was made from. */
export const sourceSchema = z.strictObject({
  /** Size of the original file, bytes. */
  bytes: z.int().min(0),
  /** SHA-256 (hex) of the model's bytes without its weights. */
  graphSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 (hex) of the whole original file, when it was asked for. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** What each output of a tapped file is; the only contract between surgery and running. */
export const manifestSchema = z.strictObject({
  /** Format version, {@link MANIFEST_VERSION}. */
  version: z.literal(MANIFEST_VERSION),
  /** Program that wrote the file, with its version. */
  tool: z.string(),
  /** The original file: size in bytes, and SHA-256 of its bytes without the weights. */
  source: sourceSchema,
  /** `backbone` for a file without the classifier, whose logits are in a head file. */
  view: z.enum(['full', 'backbone']).optional(),
  /** Files beside this one that hold its weights; left out when all weights are inside. */
  weightFiles: weightFilesSchema.optional(),
  /** Name of the architecture in timm, or null when unknown. */
  architecture: z.string().nullable(),
  /** The image input. */
  input: z.strictObject({
    /** Name of the graph input. */
    name: z.string(),
    /** Element type. */
    dtype: z.enum(['float32', 'float16', 'uint8']),
    /** Shape, four axes. */
    shape: z.array(dimSchema).length(4),
    /** Order of the axes. */
    layout: z.enum(['NCHW', 'NHWC']),
  }),
  /** How images become the input, or null when the file does not say. */
  preprocess: preprocessSpecSchema.nullable(),
  /** Class names in the order of the logits, when they were given. */
  labels: z.array(z.string()).nullable(),
  /**
   * Bytes that were added to the original's graph, in front and at the end; left out when parts of
   * the original were changed or left out, so that the additions cannot be taken back.
   */
  added: z
    .strictObject({
      /** In front. */
      front: z.int().min(0),
      /** At the end. */
      back: z.int().min(0),
    })
    .optional(),
  /** Further outputs: values named by hand, second heads. */
  extras: z.array(extraOutputSchema).optional(),
  /**
   * The classifier's weights, where logits are linear in pooled and pooled is the mean of unpooled:
   * then a class activation map from them is exact.
   */
  classWeights: z
    .strictObject({
      /** Name of the initializer in this file. */
      initializer: z.string(),
      /** Whether it is [D, classes] and not [classes, D] or [classes, D, 1, 1]. */
      transposed: z.boolean(),
    })
    .optional(),
  /** The fields of the record. */
  record: z.strictObject({
    /** Stages, low to high level; NCHW, or NC where they are reduced. */
    stages: z.array(fieldOutputSchema),
    /** Why stages are missing, when they are. */
    stagesReason: z.string().optional(),
    /** Last features before pooling; a list for networks with several branches. */
    unpooled: z.union([fieldOrAbsent, z.array(fieldOutputSchema).min(2)]),
    /** The vector that enters the classifier. */
    pooled: fieldOrAbsent,
    /** Classifier output. */
    logits: fieldOrAbsent,
  }),
});

/** What each output of a tapped file is, see {@link manifestSchema}. */
export type Manifest = z.infer<typeof manifestSchema>;
