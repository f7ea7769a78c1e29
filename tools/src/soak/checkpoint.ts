import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a process holds at one moment. */
export interface Checkpoint {
  /** Images that were run before. */
  readonly images: number;
  /** Resident memory of the whole process, all threads, in MB. */
  readonly rss: number;
  /** Objects of the main thread, in MB, after a garbage collection. */
  readonly heap: number;
  /** Buffers of the main thread, in MB, after a garbage collection. */
  readonly buffers: number;
  /** What keeps the event loop busy: handles and requests. */
  readonly resources: number;
  /** Open file descriptors; null where /proc is missing. */
  readonly files: number | null;
}

const MB = 1024 ** 2;

setFlagsFromString('--expose-gc');
// Every collection is a full one, in the workers too: their old objects would otherwise pile up for
// ten thousand images before the first, and hide whether anything stays for good.
setFlagsFromString('--gc-global');
const collectGarbage = runInNewContext('gc') as () => void;

/** Measures this process. */
export function takeCheckpoint(images: number): Checkpoint {
  collectGarbage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    images,
    rss: rss / MB,
    heap: heapUsed / MB,
    buffers: arrayBuffers / MB,
    resources: process.getActiveResourcesInfo().length,
    files: countFiles(),
  };
}

/** One line for people. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { images, rss, heap, buffers, resources, files } = checkpoint;
  return (
    `${String(images).padStart(7)} images: RSS ${rss.toFixed(1)} MB, heap ${heap.toFixed(2)} MB, ` +
    `buffers ${buffers.toFixed(2)} MB, ${resources} resources, ${files ?? 'unknown'} files`
  );
}

function countFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}
