import { mkdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@featuretap/core/node';
import { FeaturetapError } from '@featuretap/core/spec';
import { Option, type Command } from 'commander';
import { recordShapes, recordTable } from '../output/describe-record.js';
import { print, printJson, progress } from '../output/print.js';
import { writeHeatmaps } from '../output/write-heatmaps.js';
import { topOfEach, topTable } from './run.js';

interface DemoOptions {
  readonly photo: 'coffee' | 'chelsea' | 'rocket';
  readonly out: string;
  readonly json?: boolean;
}

async function demo({ photo, out, json }: DemoOptions): Promise<void> {
  const [core, { tapFile }, data] = await Promise.all([
    import('@featuretap/core'),
    import('@featuretap/onnx-export/node'),
    import('@featuretap/demo'),
  ]);
  await mkdir(out, { recursive: true }).catch((cause: unknown) => {
    const advice = 'Choose another folder with --out.';
    const message = `Expected to make the folder ${out}, but it cannot be made. ${advice}`;
    throw new FeaturetapError('WRITE_REFUSED', message, { cause });
  });
  const source = fileURLToPath(data.demoPhotos[photo]);
  const image = join(out, basename(source));
  const bytes = await readFile(source);
  await writeFileAtomic(image, (handle) => handle.writeFile(bytes));

  progress('Tapping the plain export …');
  const tapped = join(out, 'efficientnet_lite0.taps.onnx');
  await tapFile(data.demoModel, tapped, {
    architecture: 'efficientnet_lite0',
    preprocess: data.demoPreprocess,
    labels: await core.readLabels(data.demoLabels),
  });

  progress('Running it once …');
  // A demo leaves nothing behind outside its folder.
  await using extractor = await core.createExtractor(tapped, {
    profile: 'latency',
    compiledCache: false,
  });
  const record = await extractor.run(image);
  const { labels, preprocess } = extractor.manifest;
  const [top = []] = await topOfEach(record, 5, labels);
  const prefix = join(out, basename(image, extname(image)));
  const heatmaps = await writeHeatmaps({ image, prefix, row: 0, record, preprocess });
  if (json === true) {
    printJson({ image, record: recordShapes(record), top, heatmaps });
    return;
  }
  print(`${image} through ${tapped}, one run:\n`);
  print(recordTable(record));
  print('\nTop 5:');
  print(topTable(top));
  print('\nWhere each stage responds:');
  for (const file of heatmaps) print(`  ${file}`);
}

/** Adds `featuretap demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('Tap the bundled model, run it on a bundled photo, and draw its stages.')
    .addOption(
      new Option('--photo <name>', 'photo to use')
        .choices(['coffee', 'chelsea', 'rocket'])
        .default('coffee'),
    )
    .option('--out <dir>', 'folder to write to', 'featuretap-demo')
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  $ featuretap demo --photo chelsea')
    .action(demo);
}
