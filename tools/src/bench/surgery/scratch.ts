import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

/** What a child process wrote and how it ended. */
export interface Ended {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** A folder of our own, and the one child that may be writing into it. */
export interface Scratch {
  /** Its path. */
  readonly folder: string;
  /** Runs a command to its end. */
  run(command: readonly string[]): Promise<Ended>;
}

/**
 * Makes a folder that is gone when the process ends, however it is asked to end.
 *
 * Children run in process groups of their own: Ctrl-C ends them through us, before the folder goes.
 */
export function createScratch(parent: string, keep: boolean): Scratch {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(resolve(parent), 'bench-surgery-'));
  let running: ChildProcess | null = null;
  process.on('exit', () => {
    if (running?.pid !== undefined) killGroup(running.pid);
    if (!keep) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const leave = (): void => {
    const child = running;
    if (child?.pid === undefined) process.exit(INTERRUPTED);
    child.once('close', () => process.exit(INTERRUPTED));
    killGroup(child.pid);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
  const run = async ([program = '', ...args]: readonly string[]): Promise<Ended> => {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    try {
      const code = await new Promise<number | null>((done, fail) => {
        child.on('error', fail).on('close', done);
      });
      return { code, stdout, stderr };
    } finally {
      running = null;
    }
  };
  return { folder, run };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
