import { z } from 'zod';
import { openFileSource } from '../node/open-file-source.js';
import { FeaturetapError } from '../spec/errors.js';
import { parseWith } from '../spec/parse.js';
import { strictOptions } from '../spec/strict-options.js';

/** Longest labels file, bytes: the names of 22 000 classes take less than 1 MB. */
const MAX_LABELS_BYTES = 1 << 24;

/** Options of {@link readLabels}. */
export interface ReadLabelsOptions {
  /** Number of classes that the file must name; any number when left out. */
  readonly count?: number;
}

const readLabelsOptionsSchema = strictOptions({ count: z.int().min(1).optional() });

/**
 * Reads the names of classes: a text file with one name a line, or a JSON list of strings; UTF-8.
 *
 * @throws FeaturetapError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, or `LABELS_INVALID` when the file is
 * no such list or has another number of names
 */
export async function readLabels(
  file: string | URL,
  options: ReadLabelsOptions = {},
): Promise<string[]> {
  const { count } = parseWith(readLabelsOptionsSchema, options, 'options of readLabels');
  await using source = await openFileSource(file);
  const { path, size } = source;
  if (size > MAX_LABELS_BYTES) {
    throw invalid(path, `at most ${MAX_LABELS_BYTES} bytes of labels`, `${size} bytes`);
  }
  const labels = parseLabels(decode(await source.read(0, size), path), path);
  if (count !== undefined && labels.length !== count) {
    throw invalid(path, `${count} labels, one for each class`, `${labels.length}`);
  }
  return labels;
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(path, 'labels in UTF-8', 'other bytes', error);
  }
}

function parseLabels(text: string, path: string): string[] {
  if (text.trimStart().startsWith('[')) return parseJson(text, path);
  const lines = text.split(/\r?\n/u);
  while (lines.at(-1)?.trim() === '') lines.pop();
  if (lines.length === 0) throw invalid(path, 'one label a line', 'an empty file');
  const blank = lines.findIndex((line) => line.trim() === '');
  if (blank >= 0) throw invalid(path, 'one label a line', `nothing in line ${blank + 1}`);
  return lines.map((line) => line.trim());
}

function parseJson(text: string, path: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(path, 'a JSON list of labels', 'text that is no JSON', error);
  }
  const result = z.array(z.string().min(1)).min(1).safeParse(value);
  if (result.success) return result.data;
  throw invalid(path, 'a JSON list of strings', 'other values in it', result.error);
}

function invalid(path: string, expected: string, got: string, cause?: unknown): FeaturetapError {
  return new FeaturetapError(
    'LABELS_INVALID',
    `Expected ${expected} in ${path}, got ${got}. Give the labels the model was trained with.`,
    { cause },
  );
}
