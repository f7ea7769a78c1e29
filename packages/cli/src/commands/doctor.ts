import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-code.js';
import { formatTable, print, printJson } from '../output/print.js';
import { VERSION } from '../version.js';

interface Part {
  readonly ok: boolean;
  readonly version: string | null;
  readonly detail: string;
}

const require = createRequire(import.meta.url);

async function part(name: string, probe: () => Promise<string>): Promise<Part> {
  let version: string | null = null;
  try {
    version = (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    // Packages may hide their package.json; the version is then unknown.
  }
  try {
    return { ok: true, version, detail: await probe() };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const advice =
      'reinstall with optional dependencies (npm ci), on a platform with glibc, macOS or Windows';
    return { ok: false, version, detail: `does not load: ${reason ?? ''}; ${advice}` };
  }
}

async function probeRuntime(): Promise<string> {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const { listSupportedBackends } = await import('onnxruntime-node');
  const backends = listSupportedBackends().map(({ name }) => name);
  return `backends: ${backends.join(', ')}`;
}

async function probeSharp(): Promise<string> {
  const { default: sharp } = await import('sharp');
  return `libvips ${sharp.versions.vips}`;
}

/** Adds `featuretap doctor`. */
export function addDoctor(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .description('Show the runtime, the machine, and whether the native parts load.')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  $ featuretap doctor')
    .action(async ({ json }: { json?: boolean }) => {
      const runtime = await part('onnxruntime-node', probeRuntime);
      const sharp = await part('sharp', probeSharp);
      const machine = {
        platform: `${process.platform} ${process.arch}`,
        cores: availableParallelism(),
        memoryBytes: totalmem(),
        freeBytes: freemem(),
      };
      const ok = runtime.ok && sharp.ok;
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
        ]),
      );
    });
}
