import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BUILDING, ENTRY_FILE, readEntry } from './cache-entry.js';

/** An entry of the cache, for people. */
export interface ListedEntry {
  /** Its key: the name of its folder. */
  readonly key: string;
  /** Path of the model that it was compiled from. */
  readonly model: string;
  /** Size, bytes. */
  readonly bytes: number;
  /** When it was used last. */
  readonly used: Date;
}

/** Names of entries: SHA-256, hexadecimal. */
const KEY = /^[0-9a-f]{64}$/u;

/** Lists the entries of a cache, the one that was used last in front; none when there is no folder. */
export async function listEntries(folder: string): Promise<ListedEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries: ListedEntry[] = [];
  for (const key of names.filter((name) => KEY.test(name))) {
    const entry = await readEntry(join(folder, key));
    const stats = await stat(join(folder, key, ENTRY_FILE)).catch(() => null);
    if (entry === null || stats === null) continue;
    const bytes = entry.files.reduce((sum, file) => sum + file.bytes, 0);
    entries.push({ key, model: entry.model, bytes, used: stats.mtime });
  }
  return entries.sort((a, b) => b.used.getTime() - a.used.getTime());
}

/**
 * Removes the entries that were used longest ago until the rest fits; damaged ones go too.
 *
 * A running session keeps its files: where the system allows removing mapped files they live on
 * until it ends, elsewhere they stay.
 *
 * @param limitBytes - size that may stay; 0 clears the cache, what builds have left too.
 * @param keep - key of an entry that stays in any case.
 * @returns bytes that were freed.
 */
export async function trimCache(
  folder: string,
  limitBytes: number,
  keep: string | null = null,
): Promise<number> {
  const entries = await listEntries(folder);
  const known = new Set(entries.map(({ key }) => key));
  for (const name of await readdir(folder).catch(() => [])) {
    // Clearing ends builds too: one that is under way fails, and its model is loaded as it is.
    const isLeft = limitBytes === 0 && name.startsWith(BUILDING);
    if (isLeft || (KEY.test(name) && !known.has(name))) await rm(join(folder, name), REMOVE);
  }
  let total = 0;
  let freed = 0;
  for (const { key, bytes } of entries) {
    total += bytes;
    if (total <= limitBytes || key === keep) continue;
    await rm(join(folder, key), REMOVE).catch(() => undefined);
    freed += bytes;
  }
  return freed;
}

const REMOVE = { recursive: true, force: true };
