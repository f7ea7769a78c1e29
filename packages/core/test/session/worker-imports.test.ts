import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Modules that a source file loads, its neighbours' included; types are not loaded. */
function loadedBy(file: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(file.href)) return seen;
  seen.add(file.href);
  const imports = /^(?:import|export) (?!type\b)[^;]*?from '([^']+)';/gmu;
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
    if (name.startsWith('.')) loadedBy(new URL(name.replace(/\.js$/u, '.ts'), file), seen);
    else seen.add(name);
  }
  return seen;
}

describe.each(['thread-worker', 'process-worker'])('%s', (name) => {
  it('loads no schemas, native code or image code before it is asked to: workers start sooner', () => {
    const loaded = [...loadedBy(new URL(`../../src/session/${name}.ts`, import.meta.url))];
    expect(loaded.length).toBeGreaterThan(10);
    expect(loaded.filter((module) => /\/(?:image|preprocess)\//u.test(module))).toEqual([]);
    for (const module of ['zod', 'sharp', 'onnxruntime-node']) expect(loaded).not.toContain(module);
  });
});
