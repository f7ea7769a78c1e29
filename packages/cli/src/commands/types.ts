import { basename, extname } from 'node:path';
import type { Manifest, ManifestConstant } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { Command } from 'commander';
import { usageError } from '../options.js';
import { formatBytes, print, printJson } from '../output/print.js';
import { refuseInputs } from '../refuse-inputs.js';
import { typescriptLiteral } from '../output/typescript-literal.js';

interface TypesCommandOptions {
  readonly out: string;
  readonly name: string;
  readonly labels?: boolean;
  readonly json?: boolean;
}

/** Most class names that are written without `--labels`: a thousand would bury the rest. */
const FEW_LABELS = 20;

/** Files that TypeScript compiles; anything else may be a model that was meant to be read. */
const EXTENSIONS = ['.ts', '.mts', '.cts'];

/** Words that no constant of a module can be called, and the type that the file imports. */
const TAKEN = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum ' +
    'eval export extends false finally for function if implements import in instanceof interface ' +
    'let new null package private protected public return static super switch this throw true ' +
    'try typeof undefined var void while with yield ManifestConstant'
  ).split(' '),
);

function checkOptions({ out, name }: TypesCommandOptions): void {
  if (!EXTENSIONS.includes(extname(out))) {
    throw usageError(
      `Expected -o to name a file that ends in ${EXTENSIONS.join(', ')}; got ${out}.`,
    );
  }
  if (!/^[A-Za-z_$][\w$]*$/u.test(name) || TAKEN.has(name)) {
    throw usageError(`Expected --name to be free as the name of a constant, got "${name}".`);
  }
}

async function readManifestOf(file: string): Promise<Manifest> {
  const { openFileSource, readManifest } = await import('@featuretap/core/node');
  await using source = await openFileSource(file);
  return await readManifest(source, file);
}

/** Class names are left out where they are many: they are data, and types do not need them. */
function toConstant({ labels, extras, ...rest }: Manifest, all: boolean): ManifestConstant {
  const keep = (names: readonly string[] | null | undefined): boolean =>
    names !== undefined && (all || names === null || names.length <= FEW_LABELS);
  return {
    ...rest,
    ...(keep(labels) ? { labels } : {}),
    ...(extras === undefined
      ? {}
      : {
          extras: extras.map(({ labels: names, ...extra }) =>
            names !== undefined && keep(names) ? { ...extra, labels: names } : extra,
          ),
        }),
  };
}

/** The source code of a manifest constant. */
function sourceOf(name: string, constant: ManifestConstant, model: string): string {
  const file = printableName(basename(model), 100);
  return [
    `// Written by \`featuretap types\` from ${file}: run it again when the model changes.`,
    "import type { ManifestConstant } from '@featuretap/core';",
    '',
    `/** What ${file.replaceAll('*/', '*\\/')} returns; the option \`manifest\` of createExtractor. */`,
    `export const ${name} = ${typescriptLiteral(constant)} as const satisfies ManifestConstant;`,
    '',
  ].join('\n');
}

async function types(model: string, options: TypesCommandOptions): Promise<void> {
  checkOptions(options);
  const { out, name } = options;
  const { writeFileAtomic } = await import('@featuretap/core/node');
  const manifest = await readManifestOf(model);
  await refuseInputs('-o', out, [model]);
  const constant = toConstant(manifest, options.labels === true);
  const bytes = Buffer.from(sourceOf(name, constant, model));
  await writeFileAtomic(out, (handle) => handle.writeFile(bytes));
  if (options.json === true) {
    printJson({ file: out, bytes: bytes.length, name, manifest: constant });
    return;
  }
  print(`Wrote ${out} (${formatBytes(bytes.length)}), which exports ${name}.`);
  if (constant.labels === undefined) print('Class names stay in the model; --labels writes them.');
  const option = name === 'manifest' ? name : `manifest: ${name}`;
  print(`Next: createExtractor('${printableName(model)}', { ${option} })`);
}

/** Adds `featuretap types`. */
export function addTypes(program: Command): void {
  program
    .command('types')
    .description('Write the manifest of a tapped file as a TypeScript constant.')
    .argument('<tapped>', 'file that featuretap tap wrote; it is not changed')
    .requiredOption('-o, --out <file>', 'TypeScript file to write')
    .option('--name <name>', 'name of the exported constant', 'manifest')
    .option('--labels', `write class names, also more than ${FEW_LABELS}`)
    .option('--json', 'one JSON document on standard output')
    .addHelpText('after', '\nExample:\n  $ featuretap types resnet50.taps.onnx -o resnet50.ts')
    .action(types);
}
