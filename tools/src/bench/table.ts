import type { Interval } from './statistics.js';

/** Two or three digits that count. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** A number with its interval. */
export const cell = ({ value, low, high }: Interval, format = digits): string =>
  `${format(value)} (${format(low)}–${format(high)})`;

/** Bytes in MB, without the unit. */
export const megabytes = (bytes: number): string => digits(bytes / 1e6);

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
