import type { Command } from 'commander';
import { FeaturetapError } from '@featuretap/core/spec';
import { formatBytes, print, printJson, progress } from '../output/print.js';

interface CompileCommandOptions {
  readonly cacheDir?: string;
  readonly json?: boolean;
}

async function compile(tapped: string, { cacheDir, json }: CompileCommandOptions): Promise<void> {
  const { compileFile, defaultCacheFolder, listCacheEntries } = await import('@featuretap/core');
  const folder = cacheDir ?? defaultCacheFolder();
  progress('onnxruntime optimises the graph and lays out the weights …');
  const result = await compileFile(tapped, { folder });
  if (result.state === 'failed') {
    throw new FeaturetapError(
      'RUNTIME_FAILED',
      `Expected to compile ${tapped} into ${folder}, but ${result.reason}. The file runs without it; ` +
        'check the folder, or the file with: featuretap verify.',
    );
  }
  const entries = await listCacheEntries(folder);
  const bytes = entries.find(({ key }) => key === result.key)?.bytes ?? 0;
  if (json === true) {
    printJson({ file: tapped, ...result, bytes, folder });
    return;
  }
  const done = result.state === 'hit' ? 'Already in the cache' : 'Compiled';
  print(`${done}: ${result.path} (${formatBytes(bytes)}).`);
  print(
    'Files of 16 MiB and more are loaded from there by themselves, smaller ones in code with ' +
      '{ compiledCache: true }; workers and processes share the weights.',
  );
}

/** Adds `featuretap compile`. */
export function addCompile(program: Command): void {
  program
    .command('compile')
    .description('Prepare a tapped model for this machine: fast to load, weights shared.')
    .argument('<tapped>', 'file that featuretap tap wrote')
    .option('--cache-dir <folder>', "folder of the cache, in place of the user's")
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  $ featuretap compile resnet50.taps.onnx')
    .action(compile);
}
