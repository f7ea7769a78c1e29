import { z } from 'zod';
import { describeHost, type Host } from '../host.js';
import { PEERS } from './paths.js';
import { lastWords } from './measure.js';
import type { Scratch } from './scratch.js';

const versionsSchema = z.record(z.string(), z.string().nullable());

/** Where a run took place. */
export interface Machine extends Host {
  /** Kind of the file system that holds the models. */
  readonly fileSystem: string;
  /** Version of each program and package; null when it is not installed. */
  readonly versions: Readonly<Record<string, string | null>>;
}

/** Describes the machine. @throws Error when there is no such Python, or it has no onnx */
export async function describeMachine(scratch: Scratch, python: string): Promise<Machine> {
  const asked = await scratch.run([python, PEERS, 'versions']).catch((cause: unknown) => {
    const what = 'Expected a Python with the packages of tools/python/requirements.txt';
    throw new Error(`${what}, found none at ${python}. Give --python.`, { cause });
  });
  if (asked.code !== 0) throw new Error(`${python}: ${lastWords(asked)}`);
  const disk = await scratch.run(['df', '--output=fstype', scratch.folder]);
  return {
    ...describeHost(),
    fileSystem: disk.code === 0 ? (disk.stdout.trim().split('\n').at(-1) ?? 'unknown') : 'unknown',
    versions: { node: process.versions.node, ...versionsSchema.parse(JSON.parse(asked.stdout)) },
  };
}
