import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { GraphOptimizationLevel } from '../session/worker-messages.js';
import {
  BUILDING,
  DATA_FILE,
  describeEntry,
  ENTRY_FILE,
  isWhole,
  MODEL_FILE,
} from './cache-entry.js';

/** What the process is asked to compile. */
export interface BuildRequest {
  /** Absolute path of the model. */
  readonly model: string;
  /** Folder of its weights when they are not inside; null for the model's own. */
  readonly weightsFolder: string | null;
  /** Where the compiled model goes. */
  readonly output: string;
  /** File name of its weights. */
  readonly data: string;
  /** How much onnxruntime rewrites the graph. */
  readonly graphOptimizationLevel: GraphOptimizationLevel;
}

/** Age from which a build counts as left behind by a process that died, milliseconds. */
const ABANDONED_MS = 60 * 60 * 1000;

/** The script that compiles, and what Node needs to run it. */
function script(): string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const path = fileURLToPath(new URL(`./build-process.${isSource ? 'ts' : 'js'}`, import.meta.url));
  if (!isSource) return [path];
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--conditions=@featuretap/source', '--import', pathToFileURL(tsx).href, path];
}

/** The last line of what a failed process wrote that says something. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/u.test(line)) ?? lines.find((line) => line !== '') ?? '';
}

/** Runs the build in a process of its own; resolves with a reason when it failed. */
function runBuild(request: BuildRequest): Promise<string | null> {
  const args = [...script(), JSON.stringify(request)];
  // In an Electron application the executable is not Node unless it is told so.
  const env = {
    // See startThreadPool.
    ORT_DISABLE_TELEMETRY: '1',
    ...process.env,
    NODE_OPTIONS: '',
    ELECTRON_RUN_AS_NODE: '1',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, _stdout, stderr) => {
      resolve(error === null ? null : lastWords(stderr) || error.message);
    });
  });
}

/**
 * Makes a folder and those above it.
 *
 * Level by level: with `recursive` Node 20 never ends where the system refuses with ENOENT, as /proc
 * does.
 */
async function makeFolder(folder: string): Promise<void> {
  const make = (): Promise<string | null> =>
    mkdir(folder, { mode: 0o700 }).then(
      () => null,
      (error: unknown) => {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST' || code === 'ENOENT') return code;
        throw error;
      },
    );
  if ((await make()) !== 'ENOENT') return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  if ((await make()) === 'ENOENT') throw new Error(`the folder ${folder} cannot be made`);
}

/** Removes what processes left that died while they built. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(BUILDING)) continue;
    const path = join(folder, name);
    const stats = await stat(path).catch(() => null);
    if (stats !== null && Date.now() - stats.mtimeMs > ABANDONED_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Compiles a model into an entry of the cache.
 *
 * The entry is built under a name of its own and renamed: of several processes that build the same
 * one, the first wins and the others use its entry; one that dies leaves nothing that is taken for
 * an entry.
 *
 * @returns why there is no entry, or null when there is one.
 */
export async function buildEntry(
  folder: string,
  key: string,
  request: Omit<BuildRequest, 'output' | 'data'>,
): Promise<string | null> {
  // What is loaded from here runs with the rights of the user: nobody else may write it.
  await makeFolder(folder);
  await removeAbandoned(folder);
  const building = join(folder, `${BUILDING}${randomBytes(8).toString('hex')}`);
  await mkdir(building);
  try {
    const output = join(building, MODEL_FILE);
    const reason = await runBuild({ ...request, output, data: DATA_FILE });
    if (reason !== null) return reason;
    const entry = await describeEntry(building, key, request.model);
    await writeSynced(join(building, ENTRY_FILE), `${JSON.stringify(entry, null, 1)}\n`);
    const final = join(folder, key);
    if (!(await isWhole(final, key))) await rm(final, { recursive: true, force: true });
    await rename(building, final).catch(async (error: unknown) => {
      // Another process was first.
      if (!(await isWhole(final, key))) throw error;
    });
    return null;
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}
