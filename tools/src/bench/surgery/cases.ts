import { basename, dirname, join } from 'node:path';
import type { MadeModel } from './models.js';
import { CLI, LIBRARY_CHILD, PEERS } from './paths.js';

/** Whose work a case is. */
type CaseKind = 'link' | 'copy' | 'peer' | 'control';

/** Something that is timed. */
export interface BenchCase {
  /** Short name. */
  readonly id: string;
  /** What the table calls it. */
  readonly label: string;
  /** Whose work it is. */
  readonly kind: CaseKind;
  /** Whether what it writes needs no other file; null when it writes no model. */
  readonly standsAlone: boolean | null;
  /** The command. */
  readonly command: readonly string[];
  /** The model that it writes, if any. */
  readonly output?: string;
}

/** What this machine and this build can do. */
export interface Abilities {
  /** The Python with the peers. */
  readonly python: string;
  /** Whether onnx-graphsurgeon is installed. */
  readonly graphsurgeon: boolean;
}

/** Folder of copies: another one than the model's, so that files beside it are copied too. */
export const copyFolder = (model: MadeModel): string => join(dirname(model.file), 'out');

function tapCommand(model: MadeModel, output: string, weights: readonly string[]): string[] {
  return [process.execPath, CLI, 'tap', model.file, '-o', output, '--json', ...weights];
}

function ours(model: MadeModel, kind: 'link' | 'copy'): BenchCase[] {
  const folder = kind === 'link' ? dirname(model.file) : copyFolder(model);
  const output = join(folder, `tapped-${kind}.onnx`);
  const shared = { kind, standsAlone: kind === 'copy', output } as const;
  const command = tapCommand(model, output, ['--weights', kind]);
  const library = [process.execPath, LIBRARY_CHILD, model.file, output, kind];
  return [
    { ...shared, id: `${kind}-cli`, label: `featuretap tap, ${kind}`, command },
    { ...shared, id: `${kind}-again`, label: `the same again (A/A)`, command },
    {
      ...shared,
      id: `${kind}-library`,
      label: `tapFile, ${kind}`,
      command: library,
    },
    // What waits for no disk is the like of cp and of the peers; a link is too small to matter.
    ...(kind === 'link'
      ? []
      : [
          {
            ...shared,
            id: 'unsynced-cli',
            label: 'featuretap tap, copy, --no-sync',
            command: [...command, '--no-sync'],
          },
          {
            ...shared,
            id: 'unsynced-library',
            label: 'tapFile, copy, sync: false',
            command: [...library, 'no-sync'],
          },
        ]),
  ];
}

function peer(
  model: MadeModel,
  { python }: Abilities,
  [id, label, standsAlone]: readonly [string, string, boolean],
): BenchCase {
  const folder = standsAlone ? copyFolder(model) : dirname(model.file);
  const output = join(folder, `peer-${id}.onnx`);
  const values = [...new Set(model.values)];
  const args = ['--inputs', model.input, '--outputs', ...values];
  const command = [python, PEERS, 'run', id, model.file, output, ...args];
  return { id, label, kind: 'peer', standsAlone, command, output };
}

function peers(model: MadeModel, abilities: Abilities): BenchCase[] {
  const rows: (readonly [string, string, boolean])[] = [
    ['onnx', 'onnx.load + onnx.save', true],
    ['extract-model', 'onnx.utils.extract_model', true],
    ['onnx-ir', model.external ? 'onnx_ir, weights left' : 'onnx_ir, inline', !model.external],
    ['onnx-ir-external', 'onnx_ir, external_data=', true],
  ];
  if (model.external) rows.push(['onnx-header', 'onnx.load without weights', false]);
  if (abilities.graphsurgeon) rows.push(['graphsurgeon', 'onnx-graphsurgeon', true]);
  return rows.map((row) => peer(model, abilities, row));
}

function controls(model: MadeModel): BenchCase[] {
  const shared = { kind: 'control', standsAlone: null } as const;
  const folder = copyFolder(model);
  const copies = model.files.map((file) => join(folder, basename(file)));
  const script = 'folder=$1; shift; cp -- "$@" "$folder"';
  const copied = copies.map((_, index) => `"$folder"/"\${${index + 1}##*/}"`).join(' ');
  const shell = (text: string): string[] => ['sh', '-c', text, 'sh', folder, ...model.files];
  return [
    { ...shared, id: 'cp', label: 'cp', command: ['cp', '--', ...model.files, folder] },
    {
      ...shared,
      id: 'cp-sync',
      label: 'cp, then sync FILE',
      command: shell(`${script} && sync ${copied}`),
    },
    { ...shared, id: 'node', label: 'node -e 0', command: [process.execPath, '-e', '0'] },
    { ...shared, id: 'true', label: 'true (floor of the peak)', command: ['true'] },
  ];
}

/** All cases of a model. */
export function casesOf(model: MadeModel, abilities: Abilities): BenchCase[] {
  return [
    ...ours(model, 'link'),
    ...ours(model, 'copy'),
    ...peers(model, abilities),
    ...controls(model),
  ];
}
