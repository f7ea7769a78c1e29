import { medianRatio, type Interval } from '../statistics.js';
import { cell, table } from '../table.js';
import type { Bar, Comparison, ContestantResult, ContestResult, Figure } from './contest.js';
import type { Sample } from './protocol.js';

/** Wall-clock time of an image, milliseconds. */
export const perImage = (sample: Sample): number => sample.wallMs / sample.images;
/** Processor time of an image, milliseconds. */
export const processorPerImage = (sample: Sample): number => sample.cpuMs / sample.images;

/** The numbers of a figure, one a round; none where it was not measured. */
function numbersOf(result: ContestantResult, figure: Figure): number[] {
  switch (figure) {
    case 'time':
      return result.samples.map(perImage);
    case 'cpu':
      return result.samples.map(processorPerImage);
    case 'load':
      return result.fresh.map(({ loadMs }) => loadMs);
    case 'ready':
      return result.fresh.flatMap(({ readyBytes }) => readyBytes ?? []);
    case 'memory':
      return result.fresh.flatMap(({ privateBytes }) => privateBytes ?? []);
  }
}

/** A comparison with its ratio. */
export interface ComparedRatio extends Comparison {
  /** The ratio, with its interval. */
  readonly ratio: Interval;
}

/** The comparisons of a contest that were measured. */
export function comparedRatios({ contestants, comparisons }: ContestResult): ComparedRatio[] {
  const find = (name: string): ContestantResult | undefined =>
    contestants.find(({ id }) => id === name);
  return comparisons.flatMap((comparison) => {
    const [over, under] = [find(comparison.over), find(comparison.under)];
    if (over === undefined || under === undefined) return [];
    const [a, b] = [numbersOf(over, comparison.figure), numbersOf(under, comparison.figure)];
    if (a.length === 0 || a.length !== b.length) return [];
    return [{ ...comparison, ratio: medianRatio(a, b) }];
  });
}

/** Whether a bar holds on the median, and whether the whole interval says so. */
export interface Verdict {
  /** On the median. */
  readonly holds: boolean;
  /** Whether every ratio of the interval says the same. */
  readonly isSure: boolean;
}

/** Judges a ratio. */
export function judge({ value, low, high }: Interval, bar: Bar): Verdict {
  const isGood = (ratio: number): boolean =>
    bar.kind === 'at most' ? ratio <= bar.value : ratio >= bar.value;
  return { holds: isGood(value), isSure: isGood(low) === isGood(high) };
}

function ratioCell(found: ComparedRatio | undefined): string {
  if (found === undefined) return '';
  const { ratio, bar } = found;
  if (bar === undefined) return cell(ratio);
  const { holds, isSure } = judge(ratio, bar);
  return `${cell(ratio)} ${holds ? 'yes' : '**no**'}${isSure ? '' : '?'}`;
}

/** One contest of several models: a row for each comparison, a column for each model. */
function contestRatios(
  title: string,
  contests: readonly (ContestResult | undefined)[],
  names: readonly string[],
): string {
  const columns = contests.map((contest) => (contest === undefined ? [] : comparedRatios(contest)));
  const labels = [...new Set(columns.flat().map(({ label }) => label))];
  const rows = labels.map((label) => {
    const cells = columns.map((column) => column.find((one) => one.label === label));
    const bar = cells.find((one) => one !== undefined)?.bar;
    return [label, ...cells.map(ratioCell), bar === undefined ? '' : `${bar.kind} ${bar.value}`];
  });
  return `### ${title}\n\n${table(['', ...names, 'bar'], rows)}\n`;
}

/** What a section of ratios needs of a model. */
export interface ModelContests {
  /** The model. */
  readonly model: { readonly id: string };
  /** Its contests. */
  readonly contests: readonly ContestResult[];
}

/** The ratios of all models side by side, as Markdown. */
export function ratioSection(models: readonly ModelContests[]): string {
  const titles = new Map(
    models.flatMap(({ contests }) => contests.map(({ id, title }) => [id, title] as const)),
  );
  const names = models.map(({ model }) => model.id);
  const sections = [...titles].map(([id, title]) =>
    contestRatios(
      title,
      models.map(({ contests }) => contests.find((one) => one.id === id)),
      names,
    ),
  );
  return `## Ratios\n\n${sections.join('\n')}`;
}
