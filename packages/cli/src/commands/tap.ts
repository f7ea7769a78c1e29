import { isFeaturetapError, type FieldName, type PreprocessSpec } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
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

/** What timm's weights say of a model, and their full name. */
interface Known {
  readonly name: string;
  readonly architecture: string;
  readonly preprocess: PreprocessSpec;
}

async function lookUp(tag: string): Promise<Known> {
  const { findPretrained } = await import('@featuretap/models');
  return findPretrained(tag);
}

/** Whether images that are preprocessed so have the height and width that the model takes. */
async function fits(model: string, { inputSize }: PreprocessSpec): Promise<boolean> {
  const { inspectFile } = await import('@featuretap/onnx-export/node');
  const { shape, layout } = (await inspectFile(model)).plan.input;
  const wanted = layout === 'NHWC' ? [...inputSize.slice(1), inputSize[0]] : inputSize;
  return shape.slice(1).every((dim, i) => typeof dim === 'string' || dim === wanted[i]);
}

/** Preprocessing of the weights that were named, or of an architecture's default weights. */
async function knownOf(model: string, options: TapCommandOptions): Promise<Known | null> {
  const { pretrained, arch } = options;
  if (pretrained !== undefined) return lookUp(pretrained);
  if (arch === undefined) return null;
  const known = await lookUp(arch).catch((error: unknown) => {
    // An architecture of timm without pretrained weights says nothing of preprocessing.
    if (isFeaturetapError(error) && error.code === 'UNKNOWN_NAME') return null;
    throw error;
  });
  return known !== null && (await fits(model, known.preprocess)) ? known : null;
}

async function tap(model: string, options: TapCommandOptions): Promise<void> {
  const { tapFile } = await import('@featuretap/onnx-export/node');
  const { timmCatalogue: catalogue } = await import('@featuretap/models');
  const { fields, stages, output, hash, arch } = options;
  const known = await knownOf(model, options);
  const architecture = arch ?? known?.architecture;
  const { manifest, bytes } = await tapFile(model, options.out, {
    ...(known === null ? {} : { preprocess: known.preprocess }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(fields === undefined ? {} : { fields }),
    ...(stages === undefined ? {} : { stages }),
    ...(output === undefined ? {} : { outputs: output }),
    ...(options.labels === undefined ? {} : { labels: await labelsOf(options.labels) }),
    catalogue,
    hash: hash === true,
  });
  if (options.json === true) {
    printJson({ file: options.out, bytes, manifest });
    return;
  }
  print(planTable(manifest.record));
  for (const { name, value } of output ?? []) print(`${name} is ${printableName(value)}`);
  print(`Wrote ${options.out} (${(bytes / 1e6).toFixed(1)} MB).`);
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
    .option('--hash', 'record the SHA-256 of the whole original')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap tap resnet50.onnx -o resnet50.taps.onnx --pretrained resnet50.a1_in1k',
    )
    .action(tap);
}
