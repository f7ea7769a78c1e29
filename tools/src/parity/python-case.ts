import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../python/parity_case.py', import.meta.url));

/** What the Python side says of an export. */
export interface ExportedCase {
  /** `torchscript`, `dynamo`, or one of these with `+kept`. */
  readonly exporter: string;
  /** The file; absent when the exporter failed. */
  readonly file?: string;
  /** Why the exporter failed. */
  readonly error?: string;
  /** Whether the batch stayed open. */
  readonly batch?: 'dynamic' | 'static';
  /** Largest error of the exported logits, relative to the largest logit. */
  readonly logitsError?: number;
}

/** What the Python side says of a network. */
export interface PythonCase {
  /** Number of parameters. */
  readonly parameters: number;
  /** Convolutions whose result is a stage that folding erases. */
  readonly kept: readonly string[];
  /** The exports. */
  readonly exports: readonly ExportedCase[];
}

/** Exports a network in a Python process of its own. @throws Error with Python's last words */
export async function runPythonCase(
  python: string,
  arch: string,
  folder: string,
  signal: AbortSignal,
): Promise<PythonCase> {
  const child = spawn(python, [SCRIPT, arch, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  const documents: unknown[] = [];
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) documents.push(JSON.parse(line));
  }
  const code = await closed;
  const [network, ...exports] = documents;
  if (code === 0 && network !== undefined) {
    return { ...(network as Omit<PythonCase, 'exports'>), exports: exports as ExportedCase[] };
  }
  const last = words.trim().split('\n').at(-1) ?? '';
  throw new Error(`Python ended with ${code ?? 'a signal'}: ${last}`);
}
