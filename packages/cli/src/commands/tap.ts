import type { FieldName, PreprocessSpec } from '@featuretap/core/spec';
import type { Command } from 'commander';
import { planTable } from '../output/describe-plan.js';
import { print, printJson } from '../output/print.js';
import { collectOutput, parseFields, parseStages } from '../options.js';

interface TapCommandOptions {
  readonly out: string;
  readonly arch?: string;
  readonly fields?: FieldName[];
  readonly stages?: number[];
  readonly output?: { name: string; value: string }[];
  readonly labels?: string;
  readonly pretrained?: string;
  readonly hash?: boolean;
  readonly json?: boolean;
}

/** Name of the built-in list of ImageNet-1k class names. */
const IMAGENET_1K = 'imagenet-1k';

async function labelsOf(source: string): Promise<readonly string[]> {
  if (source === IMAGENET_1K) return (await import('@featuretap/models')).imagenet1kLabels;
  return (await import('@featuretap/core')).readLabels(source);
}

async function pretrainedOf(
  tag: string | undefined,
): Promise<{ architecture?: string; preprocess?: PreprocessSpec }> {
  if (tag === undefined) return {};
  const { findPretrained } = await import('@featuretap/models');
  const { preprocess } = findPretrained(tag);
  return { architecture: tag.split('.')[0] ?? tag, preprocess };
}

async function tap(model: string, options: TapCommandOptions): Promise<void> {
  const { tapFile } = await import('@featuretap/onnx-export/node');
  const { fields, stages, output, hash, arch } = options;
  const { plan, manifest, bytes } = await tapFile(model, options.out, {
    ...(await pretrainedOf(options.pretrained)),
    ...(arch === undefined ? {} : { architecture: arch }),
    ...(fields === undefined ? {} : { fields }),
    ...(stages === undefined ? {} : { stages }),
    ...(output === undefined ? {} : { outputs: output }),
    ...(options.labels === undefined ? {} : { labels: await labelsOf(options.labels) }),
    hash: hash === true,
  });
  if (options.json === true) {
    printJson({ file: options.out, bytes, manifest });
    return;
  }
  print(planTable({ ...plan, record: { ...plan.record } }));
  print(`Wrote ${options.out} (${(bytes / 1e6).toFixed(1)} MB).`);
  print(`Next: featuretap run ${options.out} photo.jpg`);
}

/** Adds `featuretap tap`. */
export function addTap(program: Command): void {
  program
    .command('tap')
    .description('Expose the fields of the record as extra outputs of a model.')
    .argument('<model>', 'ONNX file; it is not changed')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('--arch <name>', 'name of the architecture in timm')
    .option('--fields <list>', 'fields to expose: stages,unpooled,pooled,logits', parseFields)
    .option('--stages <list>', 'stages to expose, from 0; negative from the end', parseStages)
    .option('--output <name=value>', 'expose any value of the graph too; repeatable', collectOutput)
    .option('--labels <file>', `class names, one a line, or ${IMAGENET_1K}; kept in the file`)
    .option('--pretrained <tag>', 'timm weights whose preprocessing to record, as resnet50.a1_in1k')
    .option('--hash', 'record the SHA-256 of the whole original')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap tap resnet50.onnx -o resnet50.taps.onnx --pretrained resnet50.a1_in1k',
    )
    .action(tap);
}
