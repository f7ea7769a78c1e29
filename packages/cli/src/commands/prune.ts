import { printableNames } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { formatBytes, print, printJson } from '../output/print.js';
import { collectValues, noSyncOption, weightsOption } from '../options.js';

interface PruneCommandOptions {
  readonly out: string;
  readonly from?: string[];
  readonly to?: string[];
  readonly weights: 'copy' | 'link';
  readonly sync: boolean;
  readonly json?: boolean;
}

async function prune(model: string, options: PruneCommandOptions): Promise<void> {
  const { pruneFile } = await import('@featuretap/onnx-export/node');
  const { out, from, to, weights } = options;
  const result = await pruneFile(model, out, {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    weights,
    sync: options.sync,
  });
  if (options.json === true) {
    printJson({ file: out, ...result });
    return;
  }
  const { inputs, outputs, nodes } = result;
  print(`From ${printableNames(inputs)} to ${printableNames(outputs)}: ${nodes} nodes.`);
  print(`Wrote ${out} (${formatBytes(result.bytes)}).`);
}

/** Adds `featuretap prune`. */
export function addPrune(program: Command): void {
  program
    .command('prune')
    .description('Write the part of a model between some of its values and others.')
    .argument('<model>', 'ONNX file; it is not changed')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('--from <value>', 'value that becomes an input; repeatable', collectValues)
    .option('--to <value>', 'value that becomes an output; repeatable', collectValues)
    .addOption(weightsOption())
    .addOption(noSyncOption())
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap prune resnet50.onnx --to /layer3/layer3.5/relu_2/Relu_output_0 -o layer3.onnx',
    )
    .action(prune);
}
