import type { FieldName } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { Option, type Command } from 'commander';
import { planTable } from '../output/describe-plan.js';
import { formatBytes, print, printJson, weightsLine } from '../output/print.js';
import {
  collectOutput,
  parseFields,
  parseStages,
  noSyncOption,
  weightsOption,
} from '../options.js';
import { refuseInputs } from '../refuse-inputs.js';
import { IMAGENET_1K, knownWeights, labelsOf } from './known-weights.js';

interface TapCommandOptions {
  readonly out: string;
  readonly arch?: string;
  readonly fields?: FieldName[];
  readonly stages?: number[];
  readonly output?: { name: string; value: string }[];
  readonly labels?: string;
  readonly pretrained?: string;
  readonly weights: 'copy' | 'link';
  readonly sync: boolean;
  readonly dtype?: 'float16' | 'float32';
  readonly reduce: 'none' | 'avg' | 'max';
  readonly uint8Input?: boolean;
  readonly hash?: boolean;
  readonly json?: boolean;
}

async function tap(model: string, options: TapCommandOptions): Promise<void> {
  const { tapFile } = await import('@featuretap/onnx-export/node');
  const { timmCatalogue: catalogue } = await import('@featuretap/models');
  const { fields, stages, output, hash, arch, dtype, reduce } = options;
  await refuseInputs('-o', options.out, [options.labels]);
  const known = await knownWeights(model, options);
  const architecture = arch ?? known?.architecture;
  const { manifest, bytes } = await tapFile(model, options.out, {
    ...(known === null ? {} : { preprocess: known.preprocess }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(fields === undefined ? {} : { fields }),
    ...(stages === undefined ? {} : { stages }),
    ...(output === undefined ? {} : { outputs: output }),
    ...(dtype === undefined ? {} : { dtype }),
    ...(options.uint8Input === true ? { input: 'uint8' } : {}),
    reduce,
    ...(options.labels === undefined ? {} : { labels: await labelsOf(options.labels) }),
    catalogue,
    weights: options.weights,
    sync: options.sync,
    hash: hash === true,
  });
  if (options.json === true) {
    printJson({ file: options.out, bytes, manifest });
    return;
  }
  print(planTable(manifest.record));
  // A name that was taken has got a suffix.
  for (const { output: name, value } of manifest.extras ?? []) {
    print(`${printableName(name)} is ${printableName(value ?? name)}`);
  }
  print(`Wrote ${options.out} (${formatBytes(bytes)}).`);
  print(weightsLine(manifest.weightFiles));
  if (known !== null) print(`Images are prepared as for ${known.name} in timm.`);
  else if (manifest.preprocess === null) {
    print('How images become the input is not recorded; --pretrained TAG records it.');
    print(`Next: featuretap run ${options.out} --input tensor.npy`);
    return;
  }
  print(`Next: featuretap run ${options.out} photo.jpg`);
}

/** Adds `featuretap tap`. */
export function addTap(program: Command): void {
  program
    .command('tap')
    .description('Expose the fields of the record as extra outputs of a model.')
    .argument('<model>', 'ONNX file; it is not changed')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('--arch <name>', 'architecture in timm; its default preprocessing is recorded')
    .option('--fields <list>', 'fields to expose: stages,unpooled,pooled,logits', parseFields)
    .option('--stages <list>', 'stages to expose, from 0; negative from the end', parseStages)
    .option('--output <name=value>', 'expose any value of the graph too; repeatable', collectOutput)
    .option('--labels <file>', `class names, one a line, or ${IMAGENET_1K}; kept in the file`)
    .option('--pretrained <tag>', 'timm weights whose preprocessing to record, as resnet50.a1_in1k')
    .addOption(weightsOption())
    .addOption(noSyncOption())
    .addOption(
      new Option('--dtype <type>', 'element type of the fields; their own by default').choices([
        'float16',
        'float32',
      ]),
    )
    .addOption(
      new Option('--reduce <mode>', 'reduce each stage to one number a channel: mean or maximum')
        .choices(['none', 'avg', 'max'])
        .default('none'),
    )
    .option('--uint8-input', 'take bytes [N, H, W, 3] and normalise them inside the graph')
    .option('--hash', 'record the SHA-256 of the whole original')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap tap resnet50.onnx -o resnet50.taps.onnx --pretrained resnet50.a1_in1k',
    )
    .action(tap);
}
