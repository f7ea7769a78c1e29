import { spread } from '../statistics.js';
import { cell, digits, megabytes, table } from '../table.js';
import type { Host } from '../host.js';
import type { Checked } from './check-results.js';
import type { ContestantResult, ContestResult } from './contest.js';
import type { LatenessResult } from './lateness.js';
import type { ReadyModel } from './models.js';
import type { Lateness, MemoryUse } from './protocol.js';
import { perImage, processorPerImage } from './ratios.js';

/** Most that a 5 ms timer may be late while runs are under way, milliseconds. */
const LATENESS_BAR_MS = 20;

/** All that was measured on one model. */
export interface ModelResult {
  /** The model. */
  readonly model: Pick<ReadyModel, 'id' | 'architecture' | 'bytes'>;
  /** What was found equal before. */
  readonly checked: Checked;
  /** The contests. */
  readonly contests: readonly ContestResult[];
  /** The timer, by kind of worker; none where it was not measured. */
  readonly lateness: readonly LatenessResult[];
}

/** A whole run. */
export interface BenchResult {
  /** Where. */
  readonly host: Host;
  /** Version of each program and package. */
  readonly versions: Readonly<Record<string, string>>;
  /** Samples of each contestant. */
  readonly rounds: number;
  /** Fresh processes of each contestant. */
  readonly freshRounds: number;
  /** Wall-clock time of all of it, seconds. */
  readonly seconds: number;
  /** What was left out, each with the reason. */
  readonly leftOut: readonly string[];
  /** The models. */
  readonly models: readonly ModelResult[];
}

const spreadCell = (numbers: readonly number[], format = digits): string =>
  numbers.length === 0 ? '' : cell(spread(numbers), format);

const known = (numbers: readonly (number | null)[]): number[] => numbers.flatMap((n) => n ?? []);

function privateCell({ fresh, memory }: ContestantResult): string {
  if (fresh.length > 0) return spreadCell(known(fresh.map((one) => one.privateBytes)), megabytes);
  const { before, after } = memory ?? {};
  const [first, last] = [before, after].map((use) => use?.anonymousBytes ?? null);
  return first == null || last == null ? '' : megabytes(last - first);
}

const peakOf = (memory: MemoryUse | undefined): number | null => memory?.peakBytes ?? null;

function contestantRow(result: ContestantResult, isFresh: boolean): string[] {
  const { label, samples, fresh, memory } = result;
  const times = samples.map(perImage);
  const rates = times.map((ms) => 1000 / ms);
  const peaks = isFresh
    ? known(fresh.map(({ peakBytes }) => peakBytes))
    : known([peakOf(memory?.after)]);
  return [
    label,
    spreadCell(times),
    spreadCell(rates),
    spreadCell(samples.map(processorPerImage)),
    ...(isFresh
      ? [
          spreadCell(fresh.map(({ loadMs }) => loadMs)),
          spreadCell(known(fresh.map(({ readyBytes }) => readyBytes)), megabytes),
        ]
      : []),
    privateCell(result),
    isFresh ? spreadCell(peaks, megabytes) : peaks.map(megabytes).join(''),
  ];
}

/** The table of a contest, as Markdown. */
function contestSection(contest: ContestResult): string {
  const isFresh = contest.contestants.some(({ fresh }) => fresh.length > 0);
  const header = [
    '',
    'ms an image',
    'images a second',
    'processor ms an image',
    ...(isFresh ? ['load, ms', 'private when ready, MB'] : []),
    'private after runs, MB',
    'peak, MB',
  ];
  const ran = contest.contestants.filter(({ refused }) => refused === undefined);
  const rows = ran.map((result) => contestantRow(result, isFresh));
  const images = ran.find(({ samples }) => samples.length > 0)?.samples[0]?.images;
  const sample = images === undefined ? '' : `, ${images} a sample`;
  return `### ${contest.title}${sample}\n\n${table(header, rows)}\n`;
}

function latenessRow(label: string, windows: readonly Lateness[]): string[] {
  const sum = (pick: (one: Lateness) => number): number =>
    windows.reduce((total, one) => total + pick(one), 0);
  return [
    label,
    digits(Math.max(...windows.map(({ maxMs }) => maxMs))),
    spreadCell(windows.map(({ p99Ms }) => p99Ms)),
    String(sum(({ ticks }) => ticks)),
    String(sum(({ runs }) => runs)),
  ];
}

/** Whether the timer was never later than the bar. */
export function isTimely(windows: readonly Lateness[]): boolean {
  return windows.every(({ maxMs }) => maxMs < LATENESS_BAR_MS);
}

/** How late the timer was, as Markdown; empty where it was not measured. */
export function latenessSection(results: readonly LatenessResult[]): string {
  if (results.length === 0) return '';
  const rows = results.flatMap(({ isolation, batch, idle, busy }) => {
    const bar = [`less than ${LATENESS_BAR_MS} ms`, isTimely(busy) ? 'yes' : 'no'];
    return [
      [
        ...latenessRow(`\`isolation: '${isolation}'\`, the process does nothing else`, idle),
        '',
        '',
      ],
      [...latenessRow(`the same, runs of ${batch} images under way`, busy), ...bar],
    ];
  });
  const header = ['', 'latest, ms', '99th of 100, ms', 'ticks', 'runs', 'bar', 'holds'];
  return `### How late a 5 ms timer of the caller is\n\n${table(header, rows)}\n`;
}

const power = (value: number): string => (value === 0 ? 'nothing' : value.toExponential(1));

function checkedText({ largest, cachedBits, torch, cosine }: Checked): string {
  const parts = [
    `Before the timing, all ways gave the same fields: they differ by ${power(largest)} of a field's ` +
      `largest number at most, and the compiled form has ${cachedBits ? 'the bits' : 'not all bits'} ` +
      'of the plain one.',
    torch === null ? '' : `Fields differ from timm's by ${power(torch)} at most.`,
    cosine === null
      ? ''
      : `Logits of the photos, those of transformers.js and ours: cosine ${cosine.toFixed(4)} or more.`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** All that was found on a model, as Markdown. */
export function modelSection({ model, checked, contests }: ModelResult): string {
  const sections = contests.map(contestSection);
  const size = (model.bytes / 1e6).toFixed(0);
  return (
    `## ${model.id}\n\n${model.architecture}, ${size} MB. ${checkedText(checked)}\n\n` +
    sections.join('\n')
  );
}
