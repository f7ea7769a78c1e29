import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** A neighbour of this file that runs in workers: TypeScript when the package runs from sources. */
export function workerEntry(name: 'thread-worker' | 'process-worker'): URL {
  // Loaders add queries to the URL.
  const extension = new URL(import.meta.url).pathname.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, import.meta.url);
}

/**
 * Arguments of Node for a worker; they replace those of this process, which may name hooks that are
 * not for workers.
 *
 * tsx hooks `require` in a worker thread but not `import`; piscina tries `require` first.
 */
export function workerArguments(entry: URL): string[] {
  if (!entry.pathname.endsWith('.ts')) return [];
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(tsx).href];
}
