/** A neighbour of this file that runs in workers: TypeScript when the package runs from sources. */
export function workerEntry(name: 'thread-worker' | 'process-worker'): URL {
  // Loaders add queries to the URL.
  const extension = new URL(import.meta.url).pathname.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, import.meta.url);
}

/**
 * Arguments of Node for a worker; they replace those of this process, which may name hooks that are
 * not for workers.
 */
export function workerArguments(entry: URL): string[] {
  if (!entry.pathname.endsWith('.ts')) return [];
  return ['--import', new URL('./register-tsx.mjs', import.meta.url).href];
}
