import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';

/** The machine of a run, without the versions of what ran on it. */
export interface Host {
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
}

/** Describes this machine as it is now. */
export function describeHost(): Host {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    // The number alone: what follows it names the machine's own build.
    system: `${type()} ${release().split('-')[0]} ${arch()}`,
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    load: loadavg()[0] ?? NaN,
    memoryBytes: totalmem(),
  };
}
