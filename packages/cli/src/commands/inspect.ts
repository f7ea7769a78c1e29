import { printableName } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { architectureLine, planDocument, planTable, valueTable } from '../output/describe-plan.js';
import { print, printJson } from '../output/print.js';
import { reportError } from '../output/report-error.js';

interface InspectOptions {
  readonly arch?: string;
  readonly values?: string;
  readonly json?: boolean;
}

async function listMatching(file: string, pattern: string, json: boolean): Promise<void> {
  const { listFileValues } = await import('@featuretap/onnx-export/node');
  const values = await listFileValues(file, pattern);
  if (json) printJson({ file, values });
  else if (values.length > 0) print(valueTable(values));
  else
    print(`No value of ${printableName(file)} matches ${printableName(pattern)}; '*' lists all.`);
}

async function inspectOne(file: string, { arch, values, json }: InspectOptions): Promise<void> {
  if (values !== undefined) {
    await listMatching(file, values, json === true);
    return;
  }
  const { inspectFile } = await import('@featuretap/onnx-export/node');
  const { timmCatalogue: catalogue } = await import('@featuretap/models');
  const named = arch === undefined ? {} : { architecture: arch };
  const { summary, plan } = await inspectFile(file, { catalogue, ...named });
  if (json === true) {
    printJson(planDocument(file, summary, plan));
    return;
  }
  const { producer, opset, nodes, weightBytes } = summary;
  const megabytes = (weightBytes / 1e6).toFixed(1);
  const by = printableName(producer || 'unknown producer', 80);
  print(`${printableName(file)}: ${by}, opset ${opset}, ${nodes} nodes, ${megabytes} MB`);
  const architecture = architectureLine(plan);
  if (architecture !== null) print(architecture);
  print(planTable(plan.record));
}

/** Adds `featuretap inspect`. */
export function addInspect(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('inspect')
    .description('Show which graph values are the fields of the record; changes nothing.')
    .argument('<model...>', 'ONNX files')
    .option('--arch <name>', 'name of the architecture in timm')
    .option('--values <pattern>', "list values of the graph, as 'layer3*', with type and shape")
    .option('--json', 'one JSON document a line for each file')
    .addHelpText('after', '\nExample:\n  $ featuretap inspect resnet50.onnx')
    .action(async (files: string[], options: InspectOptions) => {
      // Files are independent: a bad one is reported, and the others are still shown.
      for (const file of files) {
        await inspectOne(file, options).catch((error: unknown) => {
          setExitCode(reportError(error, options.json === true));
        });
      }
    });
}
