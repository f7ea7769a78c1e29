import type sharp from 'sharp';
import { FeaturetapError } from '../spec/errors.js';

/** The sharp module: its one export is callable and carries the rest. */
type SharpModule = typeof sharp;

let loading: Promise<SharpModule> | null = null;

/**
 * Loads sharp on first use, so that importing this package loads no native code.
 *
 * Two process-wide settings follow from how images are decoded here:
 * one thread per image, because throughput comes from several images at once and a full-size decode
 * gains nothing from more; and no operation cache, because every image is decoded once and the cache
 * would only hold its pixels.
 *
 * @throws FeaturetapError `RUNTIME_FAILED` when the native part is missing
 */
export function loadSharp(): Promise<SharpModule> {
  loading ??= importSharp();
  return loading;
}

async function importSharp(): Promise<SharpModule> {
  try {
    const { default: module } = await import('sharp');
    module.concurrency(1);
    module.cache(false);
    return module;
  } catch (error) {
    loading = null;
    throw new FeaturetapError(
      'RUNTIME_FAILED',
      'Expected to load sharp, which decodes images, but its native part is missing or does not ' +
        'fit this machine. Install again with optional dependencies, on the machine that runs it.',
      { cause: error },
    );
  }
}
