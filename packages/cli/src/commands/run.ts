import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FeatureOutput, LabelScore, Tensor } from '@featuretap/core';
import { openFileSource, readHeadManifest, writeFileAtomic } from '@featuretap/core/node';
import type { FieldName, HeadManifest, Manifest } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { recordShapes, recordTable, type AnyRecord } from '../output/describe-record.js';
import { formatTable, print, printJson } from '../output/print.js';
import { findClass } from '../output/find-class.js';
import { writeAllClassMaps, writeAllHeatmaps } from '../output/write-pictures.js';
import { parseCount, parseFields, usageError } from '../options.js';
import { refuseInputs } from '../refuse-inputs.js';

interface RunCommandOptions {
  readonly input?: string;
  readonly save?: string;
  readonly top: number;
  readonly labels?: string;
  readonly heatmaps?: string;
  readonly classMaps?: string;
  readonly class?: string;
  readonly fields?: FieldName[];
  readonly head?: string;
  readonly weightsFolder?: string;
  readonly compiledCache: boolean;
  readonly json?: boolean;
}

async function readTensor(file: string): Promise<Tensor> {
  const { readNpy } = await import('@featuretap/core');
  const { fileError } = await import('@featuretap/core/node');
  const bytes = await readFile(file).catch((error: unknown) => {
    throw fileError(error, file);
  });
  return readNpy(bytes);
}

/** Top classes of each image; none for a record without logits. */
export async function topOfEach(
  record: Pick<Partial<FeatureOutput>, 'logits'>,
  k: number,
  labels: readonly string[] | null,
): Promise<LabelScore[][]> {
  const { logits } = record;
  if (logits === undefined) return [];
  const { topLabels } = await import('@featuretap/core');
  const rows = logits.shape[0] ?? 0;
  return Array.from({ length: rows }, (_, row) => topLabels(logits, { k, labels, row }));
}

/** Top classes as a table. */
export function topTable(scores: readonly LabelScore[]): string {
  return formatTable(
    scores.map(({ index, label, probability }) => [
      `  ${probability.toFixed(4)}`,
      label === null ? `class ${index}` : printableName(label, 80),
    ]),
  );
}

/** Paths of the files that hold a model's weights. */
function weightsOf(
  model: string,
  { weightFiles = [] }: Pick<Manifest, 'weightFiles'>,
  weightsFolder: string | undefined,
): string[] {
  return weightFiles.map(({ location }) => join(weightsFolder ?? dirname(model), location));
}

async function readHead(file: string): Promise<HeadManifest> {
  await using source = await openFileSource(file);
  return await readHeadManifest(source, file);
}

async function save(file: string, record: AnyRecord, manifest: Manifest): Promise<void> {
  const { recordToTensors, writeSafetensors } = await import('@featuretap/core');
  const tensors = new Map(Object.entries(recordToTensors(record, manifest)));
  // A value that was named like a field of the record must not take its place.
  for (const [name, tensor] of record.extras ?? []) {
    tensors.set(tensors.has(name) ? `extra.${name}` : name, tensor);
  }
  const bytes = writeSafetensors(Object.fromEntries(tensors));
  await writeFileAtomic(file, (handle) => handle.writeFile(bytes));
}

/** Refuses options that do not go together, before anything is loaded. */
function checkOptions(images: readonly string[], options: RunCommandOptions): void {
  const { input, fields, heatmaps, classMaps } = options;
  if ((input === undefined) === (images.length === 0)) {
    throw usageError(
      'Expected images, or --input X.npy instead of them. See featuretap run --help.',
    );
  }
  if (input !== undefined && (heatmaps ?? classMaps) !== undefined) {
    const option = heatmaps === undefined ? '--class-maps' : '--heatmaps';
    throw usageError(`Expected images with ${option}: a tensor has no picture to draw on.`);
  }
  if (heatmaps !== undefined && fields?.includes('stages') === false) {
    throw usageError('Expected stages among --fields with --heatmaps: they are what is drawn.');
  }
  if (classMaps === undefined) {
    if (options.class === undefined) return;
    throw usageError('Expected --class beside --class-maps: it says which class they show.');
  }
  if (fields?.includes('unpooled') === false) {
    throw usageError('Expected unpooled among --fields with --class-maps: it is what is drawn.');
  }
  if (fields?.includes('logits') === false && options.class === undefined) {
    throw usageError('Expected logits among --fields, or --class, to know which class to draw.');
  }
}

async function run(model: string, images: string[], options: RunCommandOptions): Promise<void> {
  checkOptions(images, options);
  const { input, fields, heatmaps, classMaps } = options;
  const { save: saved, head, weightsFolder, compiledCache } = options;
  const refuse = async (inputs: readonly (string | undefined)[]): Promise<void> => {
    if (saved !== undefined) await refuseInputs('--save', saved, inputs);
  };
  await refuse([model, head, input, options.labels, ...images]);
  const { createExtractor, readClassWeights, readLabels } = await import('@featuretap/core');
  const given = options.labels === undefined ? null : await readLabels(options.labels);
  // Before the run, which may take long: what cannot be drawn is refused here.
  const weights = classMaps === undefined ? null : await readClassWeights(model);
  await using extractor = await createExtractor(model, {
    // One forward pass, and somebody waits for it.
    profile: 'latency',
    ...(head === undefined ? {} : { head }),
    ...(weightsFolder === undefined ? {} : { weightsFolder }),
    ...(compiledCache ? {} : { compiledCache }),
  });
  await refuse(weightsOf(model, extractor.manifest, weightsFolder));
  if (saved !== undefined && head !== undefined) {
    await refuse(weightsOf(head, await readHead(head), weightsFolder));
  }
  const labels = given ?? extractor.manifest.labels;
  const named =
    weights === null || options.class === undefined
      ? null
      : findClass(options.class, labels, weights.shape[0] ?? 0);
  const wanted =
    fields === undefined && extractor.manifest.extras !== undefined
      ? ({ extras: true } as const)
      : {};
  const tensor = input === undefined ? null : await readTensor(input);
  const target = tensor ?? images;
  const record: AnyRecord = await extractor.run(target, fields === undefined ? wanted : { fields });
  const top = await topOfEach(record, options.top, labels);
  if (saved !== undefined) await save(saved, record, extractor.manifest);
  const { preprocess } = extractor.manifest;
  const drawn = { images, record, preprocess };
  const pictures =
    heatmaps === undefined ? [] : await writeAllHeatmaps({ ...drawn, folder: heatmaps });
  const maps: string[] = [];
  if (classMaps !== undefined && weights !== null) {
    // A file with weights of a classifier has logits, and every image a first class.
    const classes = images.map((_, row) => named ?? top[row]![0]!.index);
    maps.push(...(await writeAllClassMaps({ ...drawn, folder: classMaps, weights, classes })));
  }
  if (options.json === true) {
    // Rows of a tensor have no names of their own.
    const rows = Array.from({ length: tensor?.shape[0] ?? 0 }, (_, row) => ({ image: input, row }));
    const results = (tensor === null ? images.map((image) => ({ image })) : rows).map((of, i) => ({
      ...of,
      ...(top[i] === undefined ? {} : { top: top[i] }),
      ...(pictures[i] === undefined ? {} : { heatmaps: pictures[i] }),
      ...(maps[i] === undefined ? {} : { classMap: maps[i] }),
    }));
    printJson({
      record: recordShapes(record),
      results,
      ...(saved === undefined ? {} : { saved }),
    });
    return;
  }
  print(recordTable(record));
  top.forEach((scores, i) => {
    print(`${printableName(images[i] ?? `${input ?? ''} row ${i}`)}:`);
    print(topTable(scores));
  });
  for (const file of [...pictures.flat(), ...maps]) print(`Wrote ${file}`);
  if (saved !== undefined) print(`Wrote ${saved}`);
}

/** Adds `featuretap run`. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description('Run a tapped model once on images, or on a tensor, and show the record.')
    .argument('<tapped>', 'file that featuretap tap wrote')
    .argument('[image...]', 'images; several are one batch')
    .option('--input <file>', 'a .npy tensor instead of images, as the model takes it')
    .option('--save <file>', 'write the record as safetensors')
    .option('--top <k>', 'classes to show', parseCount, 5)
    .option('--labels <file>', 'class names, one a line')
    .option('--heatmaps <dir>', 'write one PNG for each stage and image')
    .option('--class-maps <dir>', 'write one PNG for each image: what speaks for its first class')
    .option('--class <label>', 'the class that --class-maps shows, by its name or number')
    .option('--fields <list>', 'fields to fetch: stages,unpooled,pooled,logits', parseFields)
    .option('--head <file>', 'head view, for logits beside a backbone view')
    .option('--weights-folder <dir>', 'where the original of a linked file is now')
    .option('--no-compiled-cache', 'load a large file as it is, see featuretap compile --help')
    .option('--json', 'one JSON document on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  $ featuretap run resnet50.taps.onnx cat.jpg --save cat.safetensors',
    )
    .action(run);
}
