import { atLeast, atMost, barText, judgedCell, type Bar } from '../bar.js';
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
const peakMegabytes = (sample: Sample): number => peak(sample) / 1e6;

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

/** A row of a table: two cases, a figure of each, and what is promised of their relation. */
interface Relation {
  readonly label: string;
  readonly cases: readonly [string, string];
  readonly figures: readonly [(sample: Sample) => number, (sample: Sample) => number];
  readonly compare?: (a: number, b: number) => number;
  readonly bar?: Bar;
}

/** Compares two cases; null when one of them did not run. */
function related(find: Find, relation: Omit<Relation, 'label'>): string | null {
  const { cases, figures, compare = ratio, bar } = relation;
  const a = find(cases[0])?.map(figures[0]);
  const b = find(cases[1])?.map(figures[1]);
  if (a === undefined || a.length === 0 || a.length !== b?.length) return null;
  return judgedCell(comparePaired(a, b, compare), bar);
}

/** How many times faster than a peer, and with how much less memory. */
const LINK_FASTER = atLeast(50);
const COPY_FASTER = atLeast(8);
const LESS_MEMORY = atLeast(20);

function peerRow(find: Find, { id, label }: CaseResult): string[] {
  const against = [
    { ours: 'link', bar: LINK_FASTER },
    { ours: 'unsynced', bar: COPY_FASTER },
  ].flatMap(({ ours, bar }) => [
    related(find, { cases: [id, `${ours}-library`], figures: [work, work], bar }),
    related(find, { cases: [id, `${ours}-cli`], figures: [wall, wall] }),
    related(find, { cases: [id, `${ours}-cli`], figures: [peak, peak], bar: LESS_MEMORY }),
  ]);
  return [label, ...against.map((text) => text ?? '–')];
}

const OWN_RELATIONS: readonly Relation[] = [
  {
    label: 'link, whole process, beyond `node -e 0`, ms',
    cases: ['link-cli', 'node'],
    figures: [wall, wall],
    compare: difference,
  },
  {
    label: 'the same, processor time, ms',
    cases: ['link-cli', 'node'],
    figures: [cpu, cpu],
    compare: difference,
  },
  {
    label: 'link over itself (A/A)',
    cases: ['link-cli', 'link-again'],
    figures: [wall, wall],
  },
  {
    label: 'copy over itself (A/A)',
    cases: ['copy-cli', 'copy-again'],
    figures: [wall, wall],
  },
  {
    label: 'copy, whole process, over `cp` then `sync FILE`',
    cases: ['copy-cli', 'cp-sync'],
    figures: [wall, wall],
  },
  {
    label: '`tapFile` copy, work, over `cp` then `sync FILE`',
    cases: ['copy-library', 'cp-sync'],
    figures: [work, wall],
    bar: atMost(1.15),
  },
  {
    label: 'copy, `--no-sync`, whole process, over `cp`',
    cases: ['unsynced-cli', 'cp'],
    figures: [wall, wall],
  },
  {
    label: '`tapFile` copy, `sync: false`, work, over `cp`',
    cases: ['unsynced-library', 'cp'],
    figures: [work, wall],
    bar: atMost(1.15),
  },
];

/** Figures that have a bar of their own. */
const OWN_FIGURES = [
  { label: '`tapFile` link, work, ms', id: 'link-library', figure: work, bar: atMost(100) },
  { label: 'link, peak memory, MB', id: 'link-cli', figure: peakMegabytes, bar: atMost(100) },
  { label: 'copy, peak memory, MB', id: 'copy-cli', figure: peakMegabytes, bar: atMost(100) },
] as const;

function ownRows(find: Find): string[][] {
  const figures = OWN_FIGURES.flatMap(({ label, id, figure, bar }) => {
    const samples = find(id) ?? [];
    if (samples.length === 0) return [];
    return [[label, judgedCell(spread(samples.map(figure)), bar), barText(bar)]];
  });
  const relations = OWN_RELATIONS.flatMap((relation) => {
    const text = related(find, relation);
    return text === null ? [] : [[relation.label, text, barText(relation.bar)]];
  });
  return [...figures, ...relations];
}

const PEER_HEADER = [
  'peer over ours',
  ...[
    { kind: 'link', bar: LINK_FASTER },
    { kind: 'copy', bar: COPY_FASTER },
  ].flatMap(({ kind, bar }) => [
    `work, ${kind} (${barText(bar)})`,
    `process, ${kind}`,
    `memory, ${kind} (${barText(LESS_MEMORY)})`,
  ]),
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
    table(['ours', '', 'bar'], ownRows(find)),
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
