import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, cpus, platform } from 'node:os';
import { identifyFile } from '../node/file-identity.js';
import type { GraphOptimizationLevel } from '../session/worker-messages.js';

/** Everything that a compiled model depends on. */
export interface CacheFacts {
  /** Version of the entries' own format. */
  readonly format: 1;
  /** The model and the files that hold its weights: path, size, time of the last change, identity. */
  readonly files: readonly string[];
  /** Version of onnxruntime-node. */
  readonly runtime: string;
  /** Operating system and processor architecture. */
  readonly platform: string;
  /** The processor's features, hashed: weights are laid out for its vector instructions. */
  readonly cpu: string;
  /** How much onnxruntime rewrites the graph. */
  readonly graphOptimizationLevel: GraphOptimizationLevel;
}

/** What names the features of a Linux processor in /proc/cpuinfo. */
const CPU_FLAGS = /^(?:flags|Features)\s*:.*$/mu;

async function cpuFeatures(): Promise<string> {
  const info = await readFile('/proc/cpuinfo', 'latin1').catch(() => '');
  const flags = CPU_FLAGS.exec(info)?.[0] ?? '';
  const text = `${cpus()[0]?.model ?? ''}\n${flags}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function runtimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}

/**
 * Collects everything that a compiled model depends on.
 *
 * @param files - absolute paths of the model and of the files that hold its weights.
 */
export async function cacheFacts(
  files: readonly string[],
  graphOptimizationLevel: GraphOptimizationLevel,
): Promise<CacheFacts> {
  return {
    format: 1,
    files: (await Promise.all(files.map(identifyFile))).map(
      ({ path, identity }) => `${path} ${identity}`,
    ),
    runtime: runtimeVersion(),
    platform: `${platform()}-${arch()}`,
    cpu: await cpuFeatures(),
    graphOptimizationLevel,
  };
}

/** Name of the entry of a compiled model: SHA-256 over its facts, hexadecimal. */
export function cacheKey(facts: CacheFacts): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
