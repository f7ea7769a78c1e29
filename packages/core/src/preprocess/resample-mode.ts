import { z } from 'zod';

/**
 * How encoded images are resized: `exact` decodes at full size and resizes as Pillow does, bit for
 * bit; `fast` lets libvips shrink while it decodes.
 */
export type ResampleMode = 'exact' | 'fast';

/** Schema of {@link ResampleMode}. */
export const resampleModeSchema = z.enum(['exact', 'fast']) satisfies z.ZodType<ResampleMode>;
