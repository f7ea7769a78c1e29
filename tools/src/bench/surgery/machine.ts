import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { z } from 'zod';
import { PEERS } from './paths.js';
import { lastWords } from './measure.js';
import type { Scratch } from './scratch.js';

const versionsSchema = z.record(z.string(), z.string().nullable());

/** Where a run took place. */
export interface Machine {
  /** Day of the run, ISO 8601. */
  readonly date: string;
  /** Operating system and processor architecture. */
  readonly system: string;
  /** Name of the processor. */
  readonly processor: string;
  /** Processors that this process sees. */
  readonly cores: number;
  /** Processes that wanted a processor in the minute before the run, on average. */
  readonly load: number;
  /** Memory, bytes. */
  readonly memoryBytes: number;
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
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    // The number alone: what follows it names the machine's own build.
    system: `${type()} ${release().split('-')[0]} ${arch()}`,
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    load: loadavg()[0] ?? NaN,
    memoryBytes: totalmem(),
    fileSystem: disk.code === 0 ? (disk.stdout.trim().split('\n').at(-1) ?? 'unknown') : 'unknown',
    versions: { node: process.versions.node, ...versionsSchema.parse(JSON.parse(asked.stdout)) },
  };
}
