import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CONTESTANT, TORCH_CHILD } from './paths.js';
import type {
  ContestantSpec,
  Lateness,
  Loaded,
  MemoryUse,
  Request,
  Sample,
  Values,
} from './protocol.js';

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

/** Time that a child has to close by itself, milliseconds. */
const CLOSE_MS = 10_000;

/** What a child answers to each operation. */
interface Answers {
  readonly load: Loaded;
  readonly sample: Sample;
  readonly values: Values;
  readonly memory: MemoryUse;
  readonly lateness: Lateness;
  readonly close: null;
}

/** A child process that holds one contestant. Between requests it is stopped, so that it cannot spin. */
export interface Child {
  /** Asks for something and waits for the answer. @throws Error with what the child says */
  ask<R extends Request>(request: R): Promise<Answers[R['op']]>;
  /** Closes the contestant and ends the process. */
  end(): Promise<void>;
}

/** A folder of our own and the child processes; all are gone when the process ends. */
export interface Workbench {
  /** Its path. */
  readonly folder: string;
  /** Starts the child of a contestant. */
  start(spec: ContestantSpec): Child;
  /** Runs a program to its end. @throws Error with its last words when it fails */
  run(command: readonly string[]): Promise<string>;
}

/** Makes a workbench below a folder. */
export function createWorkbench(parent: string, python: string | null): Workbench {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(resolve(parent), 'run-'));
  const groups = new Set<number>();
  process.on('exit', () => {
    for (const pid of groups) signalGroup(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(INTERRUPTED));
  }

  function launch([program = '', ...args]: readonly string[], env = process.env) {
    // A process group of its own: signals reach what it starts, and Ctrl-C does not reach it but
    // through us.
    const child = spawn(program, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env,
    });
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = new Promise<number | null>((done, fail) => {
      child.on('error', fail).on('close', (code) => {
        if (pid !== undefined) groups.delete(pid);
        done(code);
      });
    });
    ended.catch(() => undefined);
    // A child that died is reported by `ended`, not by the pipe to it.
    child.stdin.on('error', () => undefined);
    const lastWords = (): string => lastLine(stderr) ?? lastLine(stdout) ?? 'no message';
    return { child, pid, ended, lastWords, output: () => stdout };
  }

  function start(spec: ContestantSpec): Child {
    const command =
      spec.kind === 'torch'
        ? [python ?? 'python3', TORCH_CHILD]
        : [process.execPath, '--expose-gc', CONTESTANT];
    // Nothing of how this process was started: the children use the built packages.
    const { child, pid, ended, lastWords } = launch(command, { ...process.env, NODE_OPTIONS: '' });
    const lines = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]();
    const died = ended.then((code): never => {
      throw new Error(`The child of ${spec.kind} ended (${code ?? 'signal'}): ${lastWords()}`);
    });
    died.catch(() => undefined);
    async function ask<R extends Request>(request: R): Promise<Answers[R['op']]> {
      if (pid !== undefined) signalGroup(pid, 'SIGCONT');
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const next = await Promise.race([lines.next(), died]);
      if (next.done === true) return died;
      const reply = JSON.parse(next.value) as { value?: unknown; error?: string };
      if (reply.error !== undefined) throw new Error(`${spec.kind}: ${reply.error}`);
      if (pid !== undefined && request.op !== 'close') signalGroup(pid, 'SIGSTOP');
      return reply.value as Answers[R['op']];
    }
    async function end(): Promise<void> {
      const timer = setTimeout(() => pid !== undefined && signalGroup(pid, 'SIGKILL'), CLOSE_MS);
      try {
        await ask({ op: 'close' });
        child.stdin.end();
        await ended;
      } finally {
        clearTimeout(timer);
        if (pid !== undefined) signalGroup(pid, 'SIGKILL');
      }
    }
    return { ask, end };
  }

  async function run(command: readonly string[]): Promise<string> {
    const { child, ended, lastWords, output } = launch(command);
    child.stdin.end();
    (child.stdio[3] as Readable).resume();
    const code = await ended;
    if (code !== 0) throw new Error(`${command[0] ?? ''}: ${lastWords()}`);
    return output();
  }

  return { folder, start, run };
}

function lastLine(text: string): string | undefined {
  const last = text.trim().split('\n').at(-1);
  return last === '' ? undefined : last;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended by itself, or the system has no such signal: then it is merely idle.
  }
}
