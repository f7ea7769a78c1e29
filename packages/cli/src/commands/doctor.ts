import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { printableName } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { adviceFor } from '../output/advice-for.js';
import { EXIT } from '../output/exit-code.js';
import { formatBytes, formatTable, print, printJson } from '../output/print.js';
import { VERSION } from '../version.js';

interface Part {
  readonly ok: boolean;
  readonly version: string | null;
  readonly detail: string;
}

const require = createRequire(import.meta.url);

/** Version in the package.json of a dependency; null when it is not installed. */
async function versionOf(name: string): Promise<string | null> {
  // Packages may hide their package.json from require, so it is looked for where Node looks.
  for (const folder of require.resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => null);
    if (text !== null) return (JSON.parse(text) as { version: string }).version;
  }
  return null;
}

async function part(
  name: 'onnxruntime-node' | 'sharp',
  probe: () => Promise<string>,
): Promise<Part> {
  const version = await versionOf(name);
  try {
    return { ok: true, version, detail: await probe() };
  } catch (error) {
    const reason = printableName(firstLine(error), 300);
    return { ok: false, version, detail: `does not load: ${reason} ${adviceFor(name, version)}` };
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').trim();
}

async function probeRuntime(): Promise<string> {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const { listSupportedBackends } = await import('onnxruntime-node');
  const others = listSupportedBackends().filter(({ name }) => name !== 'cpu');
  return `runs on the cpu; not used: ${others.map(({ name }) => name).join(', ') || 'nothing else'}`;
}

async function probeSharp(): Promise<string> {
  const { default: sharp } = await import('sharp');
  return `libvips ${sharp.versions.vips}`;
}

/** What is in the cache of compiled models, after it was cleared when that was asked for. */
interface CacheReport {
  readonly folder: string;
  readonly models: number;
  readonly bytes: number;
  readonly freedBytes: number;
}

async function reportCache(clear: boolean): Promise<CacheReport> {
  const { defaultCacheFolder, listCacheEntries, trimCache } = await import('@featuretap/core');
  const folder = defaultCacheFolder();
  const freedBytes = clear ? await trimCache(folder, 0) : 0;
  const entries = await listCacheEntries(folder);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return { folder, models: entries.length, bytes, freedBytes };
}

/** Adds `featuretap doctor`. */
export function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .description('Show the runtime, the machine, and whether the native parts load.')
    .option('--clear-cache', 'remove all compiled models')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  $ featuretap doctor')
    .action(async ({ json, clearCache }: { json?: boolean; clearCache?: boolean }) => {
      const runtime = await part('onnxruntime-node', probeRuntime);
      const sharp = await part('sharp', probeSharp);
      const machine = {
        platform: `${process.platform} ${process.arch}`,
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        freeBytes: freemem(),
      };
      const ok = runtime.ok && sharp.ok;
      const cache = await reportCache(clearCache === true);
      const telemetry = process.env.ORT_DISABLE_TELEMETRY === '1' ? 'off' : 'on';
      if (!ok) setExitCode(EXIT.failed);
      const node = process.version;
      if (json === true) {
        printJson({
          ok,
          featuretap: VERSION,
          node,
          machine,
          onnxruntime: runtime,
          sharp,
          telemetry,
          cache,
        });
        return;
      }
      const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
      print(
        formatTable([
          ['featuretap', VERSION],
          ['node', node],
          ['platform', machine.platform],
          ['cores', String(machine.cores)],
          ['memory', `${gib(machine.memoryBytes)}, ${gib(machine.freeBytes)} free`],
          ['onnxruntime', `${runtime.version ?? '?'}, ${runtime.detail}`],
          ['sharp', `${sharp.version ?? '?'}, ${sharp.detail}`],
          ['telemetry', telemetry],
          [
            'compiled',
            `${cache.models} model${cache.models === 1 ? '' : 's'}, ${formatBytes(cache.bytes)} in ${cache.folder}`,
          ],
        ]),
      );
      if (clearCache === true) print(`Removed ${formatBytes(cache.freedBytes)}.`);
    });
}
