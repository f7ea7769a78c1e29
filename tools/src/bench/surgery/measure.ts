import { MEASURE } from './paths.js';
import type { Ended, Scratch } from './scratch.js';

/** One run of one case. */
export interface Sample {
  /** Whole process, from its start to its end, milliseconds. */
  readonly wallMs: number;
  /** What the process says its work took after all imports, milliseconds; null when it says nothing. */
  readonly workMs: number | null;
  /** Processor time of the whole process, all threads, milliseconds. */
  readonly cpuMs: number;
  /** Largest resident memory of the process, bytes, as the kernel counted it. */
  readonly peakBytes: number;
}

/** A command that did not succeed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The last line that a program wrote, for a message. */
export function lastWords({ stderr, stdout, code }: Ended): string {
  const last = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').at(-1);
  return last === undefined || last === '' ? `exit code ${code ?? 'unknown'}` : last;
}

/** A number of a JSON document, or null. */
function numberOf(line: string | undefined, key: string): number | null {
  try {
    const value = (JSON.parse(line ?? '') as Record<string, unknown>)[key];
    return typeof value === 'number' ? value : null;
  } catch {
    return null;
  }
}

/**
 * Runs a command once as a process of its own and measures it.
 *
 * @throws CommandError with the command's last words when it fails
 */
export async function measure(
  scratch: Scratch,
  python: string,
  command: readonly string[],
): Promise<Sample> {
  // -I -S: nothing of Python's own start is in the floor of the peak memory but the interpreter.
  const ended = await scratch.run([python, '-I', '-S', MEASURE, '--', ...command]);
  const lines = ended.stdout.trimEnd().split('\n');
  const account = lines.at(-1);
  const wallMs = numberOf(account, 'wallMs');
  const cpuMs = numberOf(account, 'cpuMs');
  const peakBytes = numberOf(account, 'peakBytes');
  if (ended.code !== 0 || wallMs === null || cpuMs === null || peakBytes === null) {
    throw new CommandError(lastWords(ended));
  }
  if (numberOf(account, 'status') !== 0) {
    throw new CommandError(lastWords({ ...ended, stdout: lines.slice(0, -1).join('\n') }));
  }
  return { wallMs, cpuMs, peakBytes, workMs: numberOf(lines.at(-3), 'workMs') };
}
