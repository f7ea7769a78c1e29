import { medianRatio, type Interval } from '../statistics.js';
import { barText, judgedCell } from '../bar.js';
import { table } from '../table.js';
import type { Comparison, ContestantResult, ContestResult, Figure } from './contest.js';
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

const ratioCell = (found: ComparedRatio | undefined): string =>
  found === undefined ? '' : judgedCell(found.ratio, found.bar);

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
    return [label, ...cells.map(ratioCell), barText(bar)];
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
