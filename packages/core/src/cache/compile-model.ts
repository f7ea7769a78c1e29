import { join } from 'node:path';
import type { GraphOptimizationLevel } from '../session/worker-messages.js';
import { buildEntry } from './build-entry.js';
import { isWhole, MODEL_FILE, touchEntry } from './cache-entry.js';
import { cacheFacts, cacheKey } from './cache-key.js';
import { trimCache } from './list-entries.js';

/** Size of a cache when nothing is said, bytes. */
export const DEFAULT_CACHE_BYTES = 8 * 2 ** 30;

/** What to compile, and where entries are kept. */
export interface CompileRequest {
  /** Absolute path of the tapped model. */
  readonly model: string;
  /** Absolute paths of the files that hold weights outside it. */
  readonly weightFiles: readonly string[];
  /** Folder of those files; null for the model's own. */
  readonly weightsFolder: string | null;
  /** How much onnxruntime rewrites the graph. */
  readonly graphOptimizationLevel: GraphOptimizationLevel;
  /** Folder of the cache. */
  readonly folder: string;
  /** Size that the cache may have, bytes. */
  readonly limitBytes: number;
}

/** What became of it. */
export type CompileResult =
  | {
      /** Whether the entry was there, or was made. */
      readonly state: 'hit' | 'built';
      /** The compiled model; it is to be loaded with the optimiser switched off. */
      readonly path: string;
      /** Its key in the cache. */
      readonly key: string;
    }
  | {
      /** There is none: the plain model must do. */
      readonly state: 'failed';
      /** Why. */
      readonly reason: string;
    };

/**
 * Finds or makes the compiled form of a model: onnxruntime's optimised graph with weights laid out
 * for this processor, in a file that sessions map and share.
 *
 * Entries are checked before use; damaged ones are built again. Whatever fails is a reason to use the
 * plain model, never an error.
 */
export async function compileModel(request: CompileRequest): Promise<CompileResult> {
  const { model, weightFiles, weightsFolder, graphOptimizationLevel, folder } = request;
  try {
    const facts = await cacheFacts([model, ...weightFiles], graphOptimizationLevel);
    const key = cacheKey(facts);
    const entry = join(folder, key);
    const path = join(entry, MODEL_FILE);
    if (await isWhole(entry, key)) {
      await touchEntry(entry);
      return { state: 'hit', path, key };
    }
    const reason = await buildEntry(folder, key, { model, weightsFolder, graphOptimizationLevel });
    if (reason !== null) return { state: 'failed', reason };
    await trimCache(folder, request.limitBytes, key);
    return { state: 'built', path, key };
  } catch (error) {
    return { state: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
