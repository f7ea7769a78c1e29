import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The compiled model in an entry's folder. */
export const MODEL_FILE = 'model.onnx';

/** Its prepacked weights; onnxruntime makes none for a model of small weights. */
export const DATA_FILE = 'model.onnx.data';

/** What folders of builds under way begin with. */
export const BUILDING = '.building-';

/** What is known of an entry; written last, so a folder without it is no entry. */
export const ENTRY_FILE = 'entry.json';

const entrySchema = z.strictObject({
  /** The key, so that an entry under another name is noticed. */
  key: z.string(),
  /** Path of the original, for people. */
  model: z.string(),
  /** Files of the entry. */
  files: z.array(
    z.strictObject({
      /** Name in the folder. */
      name: z.enum([MODEL_FILE, DATA_FILE]),
      /** Size, bytes. */
      bytes: z.int().min(0),
      /** SHA-256, hexadecimal. */
      sha256: z.string(),
      /** Time of the last change, nanoseconds since 1970, as text. */
      modified: z.string(),
    }),
  ),
});

/** What is known of an entry of the cache. */
export type CacheEntry = z.infer<typeof entrySchema>;

/** SHA-256 of a file, hexadecimal. */
async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Describes the files of an entry that was just built. */
export async function describeEntry(
  folder: string,
  key: string,
  model: string,
): Promise<CacheEntry> {
  const files: CacheEntry['files'] = [];
  for (const name of [MODEL_FILE, DATA_FILE] as const) {
    const path = join(folder, name);
    const stats = await stat(path, { bigint: true }).catch(() => null);
    if (stats === null) continue;
    files.push({
      name,
      bytes: Number(stats.size),
      sha256: await sha256Of(path),
      modified: String(stats.mtimeNs),
    });
  }
  return { key, model, files };
}

/** Reads what is known of an entry; null when there is none, or it is damaged. */
export async function readEntry(folder: string): Promise<CacheEntry | null> {
  const text = await readFile(join(folder, ENTRY_FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const parsed = entrySchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Whether an entry is whole: its files have their sizes, and their content where they were changed
 * since.
 */
export async function isWhole(folder: string, key: string): Promise<boolean> {
  const entry = await readEntry(folder);
  if (entry?.key !== key || !entry.files.some(({ name }) => name === MODEL_FILE)) return false;
  for (const { name, bytes, sha256, modified } of entry.files) {
    const path = join(folder, name);
    const stats = await stat(path, { bigint: true }).catch(() => null);
    if (stats === null || !stats.isFile() || Number(stats.size) !== bytes) return false;
    // Copied or restored files have another time and the same content.
    if (String(stats.mtimeNs) !== modified && (await sha256Of(path)) !== sha256) return false;
  }
  return true;
}

/** Marks an entry as used, for the order in which entries are removed. */
export async function touchEntry(folder: string): Promise<void> {
  const now = new Date();
  // Another user's cache may be read-only; then it keeps its time.
  await utimes(join(folder, ENTRY_FILE), now, now).catch(() => undefined);
}
