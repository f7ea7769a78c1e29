import { statSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { lastWords } from './measure.js';
import { CLI, MAKE_MODEL } from './paths.js';
import type { Scratch } from './scratch.js';

/** Room beside a model and one copy of it, bytes. */
const SPARE_BYTES = 1e9;

/** A model to time. */
export interface ModelSpec {
  /** Short name. */
  readonly id: string;
  /** Wanted size of its weights, bytes. */
  readonly weightBytes: number;
  /** Whether the weights are in a file beside it. */
  readonly external: boolean;
  /** Whether the peers are timed on it; if not, each is tried once. */
  readonly peers: 'timed' | 'tried';
}

/** A model on disk. */
export interface MadeModel extends ModelSpec {
  /** Its file. */
  readonly file: string;
  /** All its files. */
  readonly files: readonly string[];
  /** Size of all its files, bytes. */
  readonly bytes: number;
  /** Number of nodes. */
  readonly nodes: number;
  /** Name of its input. */
  readonly input: string;
  /** Values of the graph to tap: those of the stages, unpooled, pooled, and logits. */
  readonly values: readonly string[];
}

/** Models of the whole benchmark. */
export const FULL_MODELS: readonly ModelSpec[] = [
  { id: 'inline-1.2GB', weightBytes: 1.2e9, external: false, peers: 'timed' },
  { id: 'external-3GB', weightBytes: 3e9, external: true, peers: 'timed' },
  { id: 'inline-2.3GB', weightBytes: 2.3e9, external: false, peers: 'tried' },
];

/** Models that show whether the benchmark itself works. */
export const QUICK_MODELS: readonly ModelSpec[] = [
  { id: 'inline-120MB', weightBytes: 1.2e8, external: false, peers: 'timed' },
  { id: 'external-120MB', weightBytes: 1.2e8, external: true, peers: 'timed' },
];

const valueSchema = z.object({ value: z.string(), adapter: z.null() });

const planSchema = z.object({
  nodes: z.number(),
  input: z.object({ name: z.string() }),
  record: z.object({
    stages: z.array(valueSchema).min(2),
    unpooled: valueSchema,
    pooled: valueSchema,
    logits: valueSchema,
  }),
});

/** Writes a model and finds what is to be tapped in it. @throws Error when either fails */
export async function makeModel(
  scratch: Scratch,
  python: string,
  spec: ModelSpec,
): Promise<MadeModel> {
  const { bavail, bsize } = statfsSync(scratch.folder);
  const wanted = 2.1 * spec.weightBytes + SPARE_BYTES;
  if (bavail * bsize < wanted) {
    throw new Error(
      `Expected ${(wanted / 1e9).toFixed(1)} GB of free disk for ${spec.id}, found ` +
        `${((bavail * bsize) / 1e9).toFixed(1)} GB. Free some, or give --out on another disk.`,
    );
  }
  const file = join(scratch.folder, `${spec.id}.onnx`);
  const made = await scratch.run([
    ...[python, MAKE_MODEL, file, '--bytes', String(spec.weightBytes)],
    ...(spec.external ? ['--external'] : []),
  ]);
  if (made.code !== 0) throw new Error(`making ${basename(file)}: ${lastWords(made)}`);
  const inspected = await scratch.run([process.execPath, CLI, 'inspect', file, '--json']);
  if (inspected.code !== 0) throw new Error(`inspect ${basename(file)}: ${lastWords(inspected)}`);
  const { nodes, input, record } = planSchema.parse(JSON.parse(inspected.stdout));
  const files = [file, ...(spec.external ? [`${file}.data`] : [])];
  return {
    ...spec,
    file,
    files,
    bytes: files.reduce((sum, path) => sum + statSync(path).size, 0),
    nodes,
    input: input.name,
    values: [...record.stages, record.unpooled, record.pooled, record.logits].map(
      ({ value }) => value,
    ),
  };
}
