import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const BROWSER_SAFE = ['@featuretap/core/spec', '@featuretap/core/wire'];

/** The dependency rule of CONTRIBUTING.md: entry points that sources of a folder may import. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/core/src': [],
  'packages/demo/src': [],
  'packages/models/src': ['@featuretap/core/spec'],
  'packages/onnx-export/src': BROWSER_SAFE,
  'packages/onnx-export/src/node': [...BROWSER_SAFE, '@featuretap/core/node'],
};

/** The same by package, as package.json files and the graph of Nx state it. */
const MAY_DEPEND: Record<string, readonly string[]> = {
  '@featuretap/core': [],
  '@featuretap/demo': [],
  '@featuretap/models': ['@featuretap/core'],
  '@featuretap/onnx-export': ['@featuretap/core'],
};

const SOURCE_FOLDERS = ['packages', 'tools', 'examples'];
const NOT_OURS = new Set(['node_modules', 'dist', 'api', 'fixtures', 'generated', '__pycache__']);

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NOT_OURS.has(entry.name) ? [] : await listFiles(path);
  });
  return (await Promise.all(nested)).flat();
}

const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

async function importsOf(path: string): Promise<string[]> {
  const text = await read(path);
  const specifier = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]+)['"]/g;
  return [...text.matchAll(specifier)].map(([, name = '']) => name);
}

const isOfWorkspace = (name: string): boolean => /^(@featuretap\/|featuretap$)/.test(name);

/** The rule for the deepest folder counts. */
function allowedImports(path: string): readonly string[] | undefined {
  const folders = Object.keys(MAY_IMPORT).filter((folder) => path.startsWith(`${folder}/`));
  const deepest = folders.sort((a, b) => b.length - a.length)[0];
  return deepest === undefined ? undefined : MAY_IMPORT[deepest];
}

interface PackageJson {
  readonly name: string;
  readonly private?: boolean;
  readonly type: string;
  readonly license: string;
  readonly version: string;
  readonly engines?: { readonly node: string };
  readonly exports?: Record<string, string | Record<string, string>>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

const files = (await Promise.all(SOURCE_FOLDERS.map(listFiles))).flat();
const packages = await Promise.all(
  files
    .filter((path) => path.endsWith('/package.json'))
    .map(async (path) => JSON.parse(await read(path)) as PackageJson),
);
const published = packages.filter((manifest) => manifest.private !== true);

describe('the dependency rule', () => {
  it('holds in the imports of the sources', async () => {
    const sources = files.filter((path) => allowedImports(path) !== undefined);
    expect(sources.length).toBeGreaterThan(100);
    const broken = await Promise.all(
      sources.map(async (path) => {
        const names = (await importsOf(path)).filter(isOfWorkspace);
        const wrong = names.filter((name) => !allowedImports(path)?.includes(name));
        return wrong.map((name) => `${path} imports ${name}`);
      }),
    );
    expect(broken.flat()).toEqual([]);
  });

  it('keeps Node and native code out of what must load in a browser', async () => {
    const sources = files.filter((path) =>
      /^packages\/(core\/src\/(spec|wire)|onnx-export\/src\/(?!node\/))/.test(path),
    );
    expect(sources.length).toBeGreaterThan(30);
    const imports = await Promise.all(sources.map(importsOf));
    expect(imports.flat().filter((name) => /^(node:|sharp|onnxruntime)/.test(name))).toEqual([]);
  });

  it.each(Object.entries(MAY_DEPEND))('holds in package.json of %s', (name, allowed) => {
    const manifest = packages.find((candidate) => candidate.name === name);
    const dependencies = { ...manifest?.dependencies, ...manifest?.devDependencies };
    expect(Object.keys(dependencies).filter(isOfWorkspace)).toEqual(allowed);
  });

  it('shows in the graph of Nx', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'featuretap-graph-'));
    try {
      const file = join(folder, 'graph.json');
      const nx = fileURLToPath(import.meta.resolve('nx/bin/nx.js'));
      const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NODE_OPTIONS: '' };
      await promisify(execFile)(process.execPath, [nx, 'graph', `--file=${file}`], {
        cwd: root,
        env,
      });
      const { graph } = JSON.parse(await readFile(file, 'utf8')) as {
        graph: { dependencies: Record<string, { target: string }[]> };
      };
      for (const [name, allowed] of Object.entries(MAY_DEPEND)) {
        const targets = graph.dependencies[name]?.map(({ target }) => target);
        expect([...new Set(targets)].filter(isOfWorkspace), name).toEqual(allowed);
      }
      const cli = graph.dependencies.featuretap?.map(({ target }) => target) ?? [];
      expect(new Set(cli.filter(isOfWorkspace))).toEqual(new Set(Object.keys(MAY_DEPEND)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('every package', () => {
  it('is published by one name and version, as ES modules for the same Node', () => {
    expect(published.map(({ name }) => name).sort()).toEqual([
      '@featuretap/core',
      '@featuretap/demo',
      '@featuretap/models',
      '@featuretap/onnx-export',
      'featuretap',
    ]);
    for (const { name, type, license, version, engines } of published) {
      expect({ name, type, license, version, node: engines?.node }).toEqual({
        name,
        type: 'module',
        license: 'Apache-2.0',
        version: published[0]?.version,
        node: '>=20.19.0',
      });
    }
  });

  it.each(published.map((manifest) => [manifest.name, manifest] as const))(
    '%s resolves to sources first, then types, then code',
    (_name, { exports = {} }) => {
      const entries = Object.entries(exports).filter(([path]) => path !== './package.json');
      expect(entries.length).toBeGreaterThan(0);
      for (const [, conditions] of entries) {
        expect(Object.keys(conditions)).toEqual(['@featuretap/source', 'types', 'default']);
      }
    },
  );
});

describe('every file', () => {
  const written = files.filter((path) => /\.(ts|mjs|py|sh|md)$/.test(path));

  it('has at most 400 lines', async () => {
    expect(written.length).toBeGreaterThan(150);
    const long = await Promise.all(
      written.map(async (path) => ({ path, lines: (await read(path)).split('\n').length - 1 })),
    );
    expect(long.filter(({ lines }) => lines > 400)).toEqual([]);
  });

  it('runs all its tests', async () => {
    const tests = files.filter((path) => path.endsWith('.test.ts'));
    const off = /^\s*(?:describe|it|test)(?:\.\w+)*\.(?:skip|only|todo)\b/m;
    const texts = await Promise.all(tests.map(async (path) => ({ path, text: await read(path) })));
    expect(texts.filter(({ text }) => off.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
