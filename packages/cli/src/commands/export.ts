import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, FeaturetapError, type ErrorCode } from '@featuretap/core/spec';
import { printableNames } from '@featuretap/core/wire';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseCount } from '../options.js';
import { print, printJson } from '../output/print.js';
import { runHelper, type HelperRun } from '../python/run-helper.js';

interface ExportOptions {
  readonly out: string;
  readonly exporter: string;
  readonly checkpoint?: string;
  readonly pretrained?: boolean;
  readonly numClasses?: number;
  readonly imgSize?: number;
  readonly opset?: number;
  readonly seed?: number;
  readonly randomise?: boolean;
  readonly python?: string;
  readonly json?: boolean;
}

/** What a command that runs a process of its own needs of the process it is in. */
export interface ProcessHooks {
  /** Sets the exit code of the command. */
  readonly setExitCode: (code: number) => void;
  /** Keeps Ctrl-C from ending the command at once: it waits for the process it started. */
  readonly keepOnInterrupt: () => void;
}

/** What the helper prints when it has written a file. */
interface ExportResult {
  readonly file: string;
  readonly architecture: string;
  readonly exporter: string;
  readonly opset: number;
  readonly batch: 'dynamic' | 'static';
  readonly bytes: number;
  readonly logitsError: number;
  readonly unfolded: readonly string[];
}

const WINDOWS = process.platform === 'win32';

/** Parses a seed, which may be 0. */
function parseSeed(text: string): number {
  if (/^\d{1,15}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError(`Expected a whole number, 0 or more, got "${text}".`);
}

/** Python of a virtual environment in the current folder, where there is one. */
function localPython(): string | null {
  const python = WINDOWS ? join('.venv', 'Scripts', 'python.exe') : join('.venv', 'bin', 'python');
  return existsSync(python) ? python : null;
}

function findPython(asked: string | undefined): string {
  if (asked !== undefined) return asked;
  const named = process.env.FEATURETAP_PYTHON;
  // An empty variable is one that is not set.
  if (named !== undefined && named !== '') return named;
  return localPython() ?? (WINDOWS ? 'python' : 'python3');
}

/** Arguments of the helper; an option's text never stands where it could be read as an option. */
function helperArguments(arch: string, options: ExportOptions): string[] {
  const { out, exporter, checkpoint, numClasses, imgSize, opset, seed } = options;
  const named = { out, exporter, checkpoint, numClasses, imgSize, opset, seed };
  const values = Object.entries(named).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [`--${name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}=${value}`],
  );
  const flags = (['pretrained', 'randomise'] as const)
    .filter((name) => options[name] === true)
    .map((name) => `--${name}`);
  return [...values, ...flags, '--json', '--', arch];
}

function isErrorCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.some((known) => known === code);
}

function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The error that the helper reports, or what little it said when it ended without a report. */
function helperError(document: unknown, run: HelperRun, python: string): FeaturetapError {
  const { error } = (document ?? {}) as { error?: { code?: unknown; message?: unknown } };
  if (typeof error?.message === 'string') {
    const [first = '', ...rest] = error.message;
    const message = `${first.toUpperCase()}${rest.join('')}.`;
    return new FeaturetapError(isErrorCode(error.code) ? error.code : 'RUNTIME_FAILED', message);
  }
  const ended = run.signal ?? `exit code ${run.code}`;
  const said = run.lastLine === '' ? '' : ` and "${run.lastLine}"`;
  return new FeaturetapError(
    'RUNTIME_FAILED',
    `Expected a result of the export helper under ${python}, got ${ended}${said}. ` +
      'Check that it is Python 3.10 or later: --python PATH names another.',
  );
}

function describe(result: ExportResult): void {
  const { file, architecture, exporter, opset, batch, bytes, logitsError, unfolded } = result;
  print(`Wrote ${file} (${(bytes / 1e6).toFixed(1)} MB).`);
  print(
    `${architecture} by the ${exporter} exporter, opset ${opset}, ${batch} batch; ` +
      `logits within ${logitsError.toExponential(1)} of PyTorch.`,
  );
  if (unfolded.length > 0) {
    const names = printableNames(unfolded);
    print(`Kept for a stage, without folding its BatchNorm: ${names}.`);
  }
  print(`Next: featuretap tap ${file} -o ${file.replace(/(?:\.onnx)?$/u, '.taps.onnx')}`);
}

async function exportModel(
  arch: string,
  options: ExportOptions,
  { setExitCode, keepOnInterrupt }: ProcessHooks,
): Promise<void> {
  const { exportHelperPath } = await import('@featuretap/onnx-export/node');
  const python = findPython(options.python);
  keepOnInterrupt();
  const run = await runHelper(python, [exportHelperPath(), ...helperArguments(arch, options)]);
  if (run.interrupted !== null && run.code !== 0) {
    setExitCode(run.interrupted);
    return;
  }
  const document = parseDocument(run.stdout);
  if (run.code !== 0 || document === null) throw helperError(document, run, python);
  if (options.json === true) printJson(document);
  else describe(document as ExportResult);
}

/** Adds `featuretap export`. */
export function addExport(program: Command, hooks: ProcessHooks): void {
  program
    .command('export')
    .description('Export a timm model to ONNX with its configuration inside; needs Python.')
    .argument('<arch>', 'name in timm: resnet18 or resnet18.a1_in1k')
    .requiredOption('-o, --out <file>', 'file to write')
    .addOption(
      new Option('--exporter <name>', "which of PyTorch's exporters")
        .choices(['torchscript', 'dynamo'])
        .default('torchscript'),
    )
    .addOption(new Option('--checkpoint <file>', 'weights to load').conflicts('pretrained'))
    .option('--pretrained', "timm's weights of that name; random weights without")
    .option('--num-classes <n>', 'classes of the head', parseCount)
    .option('--img-size <n>', 'height and width of the input, pixels', parseCount)
    .option('--opset <n>', 'ONNX opset; 18 when left out', parseCount)
    .option('--seed <n>', 'seed of random weights', parseSeed)
    .option('--randomise', 'random weights without zeros and ones, so that every stage differs')
    .option(
      '--python <path>',
      'Python with torch and timm; else FEATURETAP_PYTHON, .venv, or the one on the PATH',
    )
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap export resnet18.a1_in1k -o resnet18.onnx --pretrained',
    )
    .action((arch: string, options: ExportOptions) => exportModel(arch, options, hooks));
}
