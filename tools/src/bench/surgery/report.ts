import type { Machine } from './machine.js';
import type { Sample } from './measure.js';
import type { MadeModel } from './models.js';
import type { CaseResult } from './run-cases.js';
import { comparePaired, difference, ratio, spread } from '../statistics.js';
import { cell, megabytes, table } from '../table.js';

/** All that was measured on one model. */
export interface ModelResult {
  /** The model. */
  readonly model: MadeModel;
  /** Files and values found equal before the timing; null when that was not asked. */
  readonly compared: { readonly files: number; readonly values: number } | null;
  /** The cases. */
  readonly cases: readonly CaseResult[];
}

/** A whole run. */
export interface BenchResult {
  /** Where. */
  readonly machine: Machine;
  /** Runs of each case. */
  readonly rounds: number;
  /** The models. */
  readonly models: readonly ModelResult[];
}

const wall = ({ wallMs }: Sample): number => wallMs;
const work = ({ workMs, wallMs }: Sample): number => workMs ?? wallMs;
const cpu = ({ cpuMs }: Sample): number => cpuMs;
const peak = ({ peakBytes }: Sample): number => peakBytes;

function measuredRow({ label, samples, standsAlone, refused }: CaseResult): string[] {
  const alone = standsAlone === null ? '' : standsAlone ? 'yes' : 'no';
  if (refused !== undefined) {
    const [first = ''] = refused.replaceAll('|', '\\|').split('\n');
    return [label, alone, `refused: ${first.slice(0, 120)}`, '', '', ''];
  }
  const tells = samples.some(({ workMs }) => workMs !== null);
  return [
    label,
    alone,
    tells ? cell(spread(samples.map(work))) : '',
    cell(spread(samples.map(wall))),
    cell(spread(samples.map(cpu))),
    cell(spread(samples.map(peak)), megabytes),
  ];
}

type Find = (id: string) => readonly Sample[] | undefined;

/** Compares two cases by a figure of theirs; a dash when one of them did not run. */
function compared(
  find: Find,
  [first, second]: readonly [string, string],
  figures: readonly [(sample: Sample) => number, (sample: Sample) => number],
  compare = ratio,
): string {
  const a = find(first)?.map(figures[0]);
  const b = find(second)?.map(figures[1]);
  if (a === undefined || a.length === 0 || a.length !== b?.length) return '–';
  return cell(comparePaired(a, b, compare));
}

function peerRow(find: Find, { id, label }: CaseResult): string[] {
  return [
    label,
    ...(['link', 'copy'] as const).flatMap((kind) => [
      compared(find, [id, `${kind}-library`], [work, work]),
      compared(find, [id, `${kind}-cli`], [wall, wall]),
      compared(find, [id, `${kind}-cli`], [peak, peak]),
    ]),
  ];
}

function ownRows(find: Find): string[][] {
  const rows: [string, string][] = [
    ['link beyond `node -e 0`, ms', compared(find, ['link-cli', 'node'], [wall, wall], difference)],
    [
      'processor time of link beyond `node -e 0`, ms',
      compared(find, ['link-cli', 'node'], [cpu, cpu], difference),
    ],
    ['link over itself (A/A)', compared(find, ['link-cli', 'link-again'], [wall, wall])],
    ['copy over itself (A/A)', compared(find, ['copy-cli', 'copy-again'], [wall, wall])],
    ['copy, whole process, over `cp`', compared(find, ['copy-cli', 'cp'], [wall, wall])],
    [
      'copy, whole process, over `cp` then `sync FILE`',
      compared(find, ['copy-cli', 'cp-sync'], [wall, wall]),
    ],
    ['`tapFile` copy, work alone, over `cp`', compared(find, ['copy-library', 'cp'], [work, wall])],
    [
      '`tapFile` copy, work alone, over `cp` then `sync FILE`',
      compared(find, ['copy-library', 'cp-sync'], [work, wall]),
    ],
  ];
  return rows.filter(([, text]) => text !== '–');
}

const PEER_HEADER = [
  'peer over ours',
  ...['link', 'copy'].flatMap((kind) => [`work, ${kind}`, `process, ${kind}`, `memory, ${kind}`]),
];

/** The tables of a model, as Markdown. */
export function modelSection({ model, compared: checked, cases }: ModelResult): string {
  const find: Find = (id) => cases.find((one) => one.id === id)?.samples;
  const timed = cases.filter(({ kind, samples }) => kind === 'peer' && samples.length > 0);
  const place = model.external ? 'in a file beside it' : 'inside';
  const equal =
    checked === null
      ? ''
      : ` Before the timing, ${checked.files} of the written files (both of ours where both exist, and that of \`onnx\`) ran in\n` +
        `onnxruntime: all ${checked.values} fields had the same bits, and the logits those of the original.`;
  const tables = [
    table(
      ['', 'stands alone', 'work, ms', 'process, ms', 'processor, ms', 'peak memory, MB'],
      cases.map(measuredRow),
    ),
    table(['ours', ''], ownRows(find)),
    ...(timed.length > 0 && model.peers === 'timed'
      ? [
          table(
            PEER_HEADER,
            timed.map((one) => peerRow(find, one)),
          ),
        ]
      : []),
  ];
  return `## ${model.id}\n\n${model.nodes} nodes, ${(model.bytes / 1e9).toFixed(2)} GB, weights ${place}.${equal}\n\n${tables.join('\n\n')}\n`;
}
