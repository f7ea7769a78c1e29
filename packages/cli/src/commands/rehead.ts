import type { ReheadRequest } from '@featuretap/onnx-export';
import type { WeightsMode } from '@featuretap/onnx-export/node';
import { printableName } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { planTable } from '../output/describe-plan.js';
import { formatBytes, print, printJson, weightsLine } from '../output/print.js';
import { usageError, noSyncOption, weightsOption } from '../options.js';
import { refuseInputs } from '../refuse-inputs.js';
import { readHead, type HeadFiles } from '../read-head.js';
import { knownWeights } from './known-weights.js';

interface ReheadCommandOptions extends HeadFiles {
  readonly out: string;
  readonly beside?: string;
  readonly drop?: boolean;
  readonly arch?: string;
  readonly pretrained?: string;
  readonly weights: WeightsMode;
  readonly sync: boolean;
  readonly json?: boolean;
}

const SOURCES = '--head FILE.safetensors, --weight FILE.npy or --drop';

/** What the options ask for; those that exclude each other are refused. */
async function requestOf(options: ReheadCommandOptions): Promise<ReheadRequest> {
  const { head, weight, bias, labels, beside, drop } = options;
  const sources = [head, weight, drop === true ? 'drop' : undefined];
  if (sources.filter((source) => source !== undefined).length !== 1) {
    throw usageError(`Expected one of ${SOURCES}. See featuretap rehead --help.`);
  }
  if (bias !== undefined && weight === undefined) {
    throw usageError('Expected --bias together with --weight; a safetensors file holds both.');
  }
  const made = await readHead(options);
  if (made === null) {
    if (beside !== undefined || labels !== undefined) {
      throw usageError('Expected --drop alone: it leaves no new head for --beside or --labels.');
    }
    return { kind: 'drop' };
  }
  return beside === undefined
    ? { kind: 'replace', ...made }
    : { kind: 'beside', name: beside, ...made };
}

async function rehead(model: string, options: ReheadCommandOptions): Promise<void> {
  const { head, weight, bias, labels } = options;
  await refuseInputs('-o', options.out, [head, weight, bias, labels]);
  const request = await requestOf(options);
  const { reheadFile } = await import('@featuretap/onnx-export/node');
  const { timmCatalogue: catalogue } = await import('@featuretap/models');
  const { out, weights } = options;
  const known = await knownWeights(model, options);
  const architecture = options.arch ?? known?.architecture;
  const { manifest, bytes } = await reheadFile(model, out, request, {
    ...(architecture === undefined ? {} : { architecture }),
    ...(known === null ? {} : { preprocess: known.preprocess }),
    catalogue,
    weights,
    sync: options.sync,
  });
  if (options.json === true) {
    printJson({ file: out, bytes, manifest });
    return;
  }
  print(planTable(manifest.record));
  for (const { output, shape } of manifest.extras ?? []) {
    const size =
      shape === null ? '' : `, ${shape.map((dim) => printableName(String(dim))).join(' x ')}`;
    print(`Beside them: ${printableName(output)}${size}`);
  }
  print(`Wrote ${out} (${formatBytes(bytes)}).`);
  print(weightsLine(manifest.weightFiles));
  const input = manifest.preprocess === null ? '--input tensor.npy' : 'photo.jpg';
  print(`Next: featuretap run ${out} ${input}`);
}

/** Adds `featuretap rehead`. */
export function addRehead(program: Command): void {
  program
    .command('rehead')
    .description('Replace the classifier by one of your own, drop it, or add a second one.')
    .argument('<model>', 'ONNX file, tapped or not; it is not changed')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('--head <file>', 'safetensors with weight, [classes, D], and bias, [classes]')
    .option('--weight <file>', '.npy with the weights, [classes, D]')
    .option('--bias <file>', '.npy with the bias, [classes]')
    .option('--labels <file>', 'class names of the new head, one a line')
    .option('--beside <name>', 'keep the old classifier, return the new one as this output')
    .option('--drop', 'leave the classifier out: features only, as num_classes=0')
    .option('--arch <name>', 'architecture in timm; its default preprocessing is recorded')
    .option('--pretrained <tag>', 'timm weights whose preprocessing to record, as resnet50.a1_in1k')
    .addOption(weightsOption())
    .addOption(noSyncOption())
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap rehead resnet50.onnx -o pets.onnx --head probe.safetensors --labels pets.txt',
    )
    .action(rehead);
}
