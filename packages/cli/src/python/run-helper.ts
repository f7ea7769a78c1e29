import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileError } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';

/** How a helper process ended. */
export interface HelperRun {
  /** Exit code, or null when a signal ended it. */
  readonly code: number | null;
  /** Signal that ended it, or null. */
  readonly signal: NodeJS.Signals | null;
  /** Exit code of an interrupted command, as shells have it; null when nobody interrupted it. */
  readonly interrupted: number | null;
  /** What it wrote to standard output. */
  readonly stdout: string;
  /** Last line of standard error; empty on a terminal, where the person has seen it. */
  readonly lastLine: string;
}

/** Signals that end the command, and the exit codes that shells have for them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Most text of a stream that is kept, characters; a result has under a thousand. */
const MAX_TEXT = 1 << 20;

/** Collects the end of a stream. */
function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => (text = (text + chunk).slice(-MAX_TEXT)));
  return () => text;
}

function startError(error: unknown, python: string): FeaturetapError {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return fileError(error, python);
  return new FeaturetapError(
    'FILE_NOT_FOUND',
    `Expected Python to run the export helper, got no program ${python}. ` +
      'Install Python 3.10 or later, or name it: --python PATH or FEATURETAP_PYTHON.',
    { cause: error },
  );
}

/**
 * Runs a Python helper to its end. Progress goes to standard error on a terminal, else nowhere.
 *
 * Ctrl-C and SIGTERM go on to the helper, which removes what it was writing; a second one kills it.
 * The helper does not outlive this process.
 *
 * @throws FeaturetapError `FILE_NOT_FOUND` or `FILE_UNREADABLE` when Python cannot be started.
 */
export async function runHelper(python: string, args: readonly string[]): Promise<HelperRun> {
  const child = spawn(python, args, {
    stdio: ['ignore', 'pipe', process.stderr.isTTY ? 'inherit' : 'pipe'],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let interrupted: number | null = null;
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(interrupted === null ? signal : 'SIGKILL');
    interrupted = SIGNALS[signal as keyof typeof SIGNALS];
  };
  // Not SIGKILL, which would leave its temporary file.
  const kill = (): void => void child.kill('SIGTERM');
  for (const signal of Object.keys(SIGNALS)) process.on(signal, forward);
  process.on('exit', kill);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    const lastLine = stderr().trim().split('\n').at(-1) ?? '';
    return { code, signal, interrupted, stdout: stdout(), lastLine };
  } catch (error) {
    throw startError(error, python);
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, forward);
    process.off('exit', kill);
  }
}
