import { z } from 'zod';

/** Result of one export; one line of the results file. */
export const parityResultSchema = z.strictObject({
  /** timm's name of the architecture. */
  model: z.string(),
  /** Exporter, with `+kept` for what `featuretap export` writes. */
  exporter: z.string(),
  /** `equal`, `differs`, `erased` (equal but for stages that folding erased), or why it was not run. */
  status: z.enum(['equal', 'erased', 'differs', 'not-exported', 'failed']),
  /** Architecture that the file was recognised as, without being told. */
  architecture: z.string().nullable().optional(),
  /** Evidence of each field. */
  evidence: z.record(z.string(), z.string()).optional(),
  /** Largest error of each field, over the field's largest value. */
  errors: z.record(z.string(), z.number()).optional(),
  /** Bound of the errors. */
  tolerance: z.number().optional(),
  /** Largest error of the export's own logits. */
  logitsError: z.number().optional(),
  /** Number of stages that are equal, and of all. */
  stages: z.tuple([z.number(), z.number()]).optional(),
  /** What went wrong or is missing. */
  note: z.string().optional(),
});

/** Result of one export, see {@link parityResultSchema}. */
export type ParityResult = z.infer<typeof parityResultSchema>;
