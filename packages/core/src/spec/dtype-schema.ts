import { z } from 'zod';
import { DTYPE_BYTES, type DType } from './dtype.js';

/** Element type of a tensor, see {@link DTYPE_BYTES}. Apart, so that workers load no schemas. */
export const dtypeSchema = z.enum(Object.keys(DTYPE_BYTES) as [DType, ...DType[]]);
