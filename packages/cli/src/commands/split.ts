import type { FieldName } from '@featuretap/core/spec';
import type { Command } from 'commander';
import { planTable } from '../output/describe-plan.js';
import { formatBytes, print, printJson, weightsLine } from '../output/print.js';
import { parseFields, parseStages, noSyncOption, weightsOption } from '../options.js';
import { IMAGENET_1K, knownWeights, labelsOf } from './known-weights.js';

interface SplitCommandOptions {
  readonly outDir: string;
  readonly arch?: string;
  readonly pretrained?: string;
  readonly fields?: FieldName[];
  readonly stages?: number[];
  readonly labels?: string;
  readonly weights: 'copy' | 'link';
  readonly sync: boolean;
  readonly hash?: boolean;
  readonly json?: boolean;
}

async function split(model: string, options: SplitCommandOptions): Promise<void> {
  const { splitFile } = await import('@featuretap/onnx-export/node');
  const { timmCatalogue: catalogue } = await import('@featuretap/models');
  const { fields, stages, labels, weights, outDir } = options;
  const known = await knownWeights(model, options);
  const architecture = options.arch ?? known?.architecture;
  const result = await splitFile(model, outDir, {
    ...(known === null ? {} : { preprocess: known.preprocess }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(fields === undefined ? {} : { fields }),
    ...(stages === undefined ? {} : { stages }),
    ...(labels === undefined ? {} : { labels: await labelsOf(labels) }),
    catalogue,
    weights,
    sync: options.sync,
    hash: options.hash === true,
  });
  if (options.json === true) {
    printJson(result);
    return;
  }
  const { full, backbone, head } = result;
  print(planTable(full.manifest.record));
  print(`Wrote ${full.file} (${formatBytes(full.bytes)}), the whole model.`);
  print(`Wrote ${backbone.file} (${formatBytes(backbone.bytes)}), without the classifier.`);
  const from = head.manifest.input.name;
  print(`Wrote ${head.file} (${formatBytes(head.bytes)}), from ${from} to logits.`);
  if (full.manifest.weightFiles !== undefined) print(weightsLine(full.manifest.weightFiles));
  if (full.manifest.preprocess === null) {
    print('How images become the input is not recorded; --pretrained TAG records it.');
  }
}

/** Adds `featuretap split`. */
export function addSplit(program: Command): void {
  program
    .command('split')
    .description('Write a model as full.onnx, backbone.onnx and head.onnx.')
    .argument('<model>', 'ONNX file; it is not changed')
    .requiredOption('--out-dir <folder>', 'folder to write into; it is made when missing')
    .option('--arch <name>', 'architecture in timm; its default preprocessing is recorded')
    .option('--fields <list>', 'fields to expose: stages,unpooled,pooled', parseFields)
    .option('--stages <list>', 'stages to expose, from 0; negative from the end', parseStages)
    .option('--labels <file>', `class names, one a line, or ${IMAGENET_1K}; kept in the files`)
    .option('--pretrained <tag>', 'timm weights whose preprocessing to record, as resnet50.a1_in1k')
    .addOption(weightsOption())
    .addOption(noSyncOption())
    .option('--hash', 'record the SHA-256 of the whole original')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap split resnet50.onnx --out-dir . --weights link',
    )
    .action(split);
}
