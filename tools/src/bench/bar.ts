import type { Interval } from './statistics.js';
import { cell, digits } from './table.js';

/** What a figure must not pass. */
export interface Bar {
  /** Largest figure that is good, or smallest. */
  readonly kind: 'at most' | 'at least';
  /** The figure. */
  readonly value: number;
}

export const atMost = (value: number): Bar => ({ kind: 'at most', value });
export const atLeast = (value: number): Bar => ({ kind: 'at least', value });

/** Whether a bar holds on the median, and whether the whole interval says so. */
export interface Verdict {
  /** On the median. */
  readonly holds: boolean;
  /** Whether every figure of the interval says the same. */
  readonly isSure: boolean;
}

/** Judges a figure. */
export function judge({ value, low, high }: Interval, bar: Bar): Verdict {
  const isGood = (figure: number): boolean =>
    bar.kind === 'at most' ? figure <= bar.value : figure >= bar.value;
  return { holds: isGood(value), isSure: isGood(low) === isGood(high) };
}

/** A figure with its interval and, where there is a bar, whether that holds. */
export function judgedCell(figure: Interval, bar: Bar | undefined, format = digits): string {
  if (bar === undefined) return cell(figure, format);
  const { holds, isSure } = judge(figure, bar);
  return `${cell(figure, format)} ${holds ? 'yes' : '**no**'}${isSure ? '' : '?'}`;
}

/** A bar in words; empty where there is none. */
export const barText = (bar: Bar | undefined): string =>
  bar === undefined ? '' : `${bar.kind} ${bar.value}`;
