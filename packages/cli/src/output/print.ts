import type { WeightFiles } from '@featuretap/core/spec';
import { printableNames } from '@featuretap/core/wire';

/** Writes a line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes one JSON document as a line of standard output. */
export function printJson(document: unknown): void {
  print(JSON.stringify(document));
}

/** A size for people. */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Says which files a written file needs beside it, when it needs some; else where its weights are. */
export function weightsLine(files: WeightFiles | undefined): string {
  if (files === undefined || files.length === 0) return 'Its weights are inside.';
  const names = printableNames(files.map(({ location }) => location));
  return `It needs its weights in ${names}: keep them together.`;
}

/** Tells about progress on standard error, only where a person reads it. */
export function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

/** Lays out rows as aligned columns. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
