import {
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestConstantSchema, type ManifestConstant } from '@featuretap/core/spec';
import { demoModel } from '@featuretap/demo';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { featuretap, temporaryFolder } from '../run-command.js';

const folder = temporaryFolder();
const model = fileURLToPath(demoModel);
const source = (path: string): string =>
  fileURLToPath(new URL(`../../../core/${path}`, import.meta.url));
const tinyModel = (name: string): string => source(`test/fixtures/models/${name}.onnx`);

const maps = join(folder, 'maps.taps.onnx');
const vectors = join(folder, 'vectors.taps.onnx');

beforeAll(async () => {
  const options = ['--pretrained', 'efficientnet_lite0.ra_in1k', '--labels', 'imagenet-1k'];
  const made = await featuretap('tap', model, '-o', maps, ...options);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const fields = ['--fields', 'stages,pooled,logits', '--stages', '1,-1', '--reduce', 'avg'];
  const reduced = await featuretap('tap', model, '-o', vectors, ...options, ...fields);
  expect(reduced).toMatchObject({ code: 0, stderr: '' });
});

/** Messages of the compiler for files of the folder, under the strictest common settings. */
function compile(...files: string[]): string[] {
  const program = ts.createProgram(
    files.map((file) => join(folder, file)),
    {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      skipLibCheck: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [source('../../node_modules/@types')],
      customConditions: ['@featuretap/source'],
      paths: { '@featuretap/core': [source('src/index.ts')] },
    },
  );
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file?.text.slice(start).split('\n', 1)[0] ?? '';
    const at = basename(file?.fileName ?? '');
    return `${at}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}: ${line}`;
  });
}

describe('featuretap types', () => {
  it('writes files that compile, and that make records exact', async () => {
    for (const [file, name] of [
      [maps, 'maps'],
      [vectors, 'vectors'],
    ] as const) {
      const out = join(folder, `${name}.mts`);
      expect((await featuretap('types', file, '-o', out, '--name', name)).code).toBe(0);
    }
    // An unused @ts-expect-error is an error, so neither side can hold by accident.
    const use = `import { createExtractor } from '@featuretap/core';
      import { maps } from './maps.mjs';
      import { vectors } from './vectors.mjs';
      type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      const same = <A, B>(equal: Same<A, B>): void => void equal;
      const all = await createExtractor('maps.taps.onnx', { manifest: maps });
      const record = await all.run('cat.jpg');
      same<typeof record.stages.length, 5>(true);
      same<typeof record.stages[1]['shape'], readonly [number, 24, 56, 56]>(true);
      same<typeof record.stages[4]['reduction'], 32>(true);
      same<typeof record.unpooled.shape, readonly [number, 1280, 7, 7]>(true);
      same<typeof record.logits.shape, readonly [number, 1000]>(true);
      same<typeof record.logits.data, Float32Array>(true);
      // @ts-expect-error -- there are five stages
      record.stages[5];
      // @ts-expect-error -- not 24 channels
      same<typeof record.stages[0]['shape'], readonly [number, 24, 112, 112]>(true);
      const some = await all.run('cat.jpg', { fields: ['pooled'] });
      same<typeof some.pooled.shape, readonly [number, 1280]>(true);
      // @ts-expect-error -- not asked for
      some.logits;
      const reduced = await createExtractor('vectors.taps.onnx', { manifest: vectors });
      const two = await reduced.run('cat.jpg');
      same<keyof typeof two, 'stages' | 'pooled' | 'logits'>(true);
      same<typeof two.stages.length, 2>(true);
      same<typeof two.stages[0]['shape'], readonly [number, 24]>(true);
      same<typeof two.stages[1]['layout'], 'NC'>(true);
      // @ts-expect-error -- not in the file
      two.unpooled;`;
    writeFileSync(join(folder, 'use.mts'), use);
    expect(compile('use.mts')).toEqual([]);
  }, 180_000);

  it.each([
    ['tiny', 'tiny'],
    ['tiny-branches', 'tinyBranches'],
    ['tiny-headless', 'tinyHeadless'],
    ['tiny-batch-3', 'tinyBatch3'],
    ['tiny-float16', 'tinyFloat16'],
  ])("writes what core's own type tests read: %s", async (file, name) => {
    const out = join(folder, `${file}.ts`);
    const { code } = await featuretap('types', tinyModel(file), '-o', out, '--name', name);
    expect(code).toBe(0);
    const committed = source(`test/fixtures/constants/${file}.ts`);
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(committed, 'utf8'));
  });

  it('prints one JSON document, says what made the file, and leaves many labels out', async () => {
    const out = join(folder, 'json.ts');
    const { code, stdout, stderr } = await featuretap('types', maps, '-o', out, '--json');
    expect([code, stderr]).toEqual([0, '']);
    const text = readFileSync(out, 'utf8');
    expect(text).toContain('// Written by `featuretap types` from maps.taps.onnx');
    expect(text).toContain('export const manifest = {');
    const document = JSON.parse(stdout) as { manifest: ManifestConstant };
    expect(document).toMatchObject({ file: out, bytes: Buffer.byteLength(text), name: 'manifest' });
    expect(manifestConstantSchema.parse(document.manifest)).toEqual(document.manifest);
    expect(document.manifest).not.toHaveProperty('labels');
    const labelled = await featuretap('types', maps, '-o', out, '--labels', '--json');
    const { manifest } = JSON.parse(labelled.stdout) as { manifest: ManifestConstant };
    expect(manifest.labels).toHaveLength(1000);
    expect(readFileSync(out, 'utf8')).toContain('espresso');
  });

  it('never writes over the model', async () => {
    const named = join(folder, 'model.ts');
    copyFileSync(tinyModel('tiny'), named);
    const linked = join(folder, 'linked.ts');
    linkSync(named, linked);
    for (const out of [named, linked]) {
      const { code, stderr } = await featuretap('types', named, '-o', out);
      expect(code).toBe(1);
      expect(stderr).toContain('WRITE_REFUSED');
    }
    expect(readFileSync(named).equals(readFileSync(tinyModel('tiny')))).toBe(true);
  });

  it.each([
    ['a file that is no TypeScript', ['-o', 'x.onnx'], 2, 'ends in .ts'],
    ['a name that is a word of the language', ['-o', 'x.ts', '--name', 'class'], 2, '--name'],
    ['a name that is code', ['-o', 'x.ts', '--name', 'a = 1; b'], 2, '--name'],
    ['a folder that is missing', ['-o', 'missing/x.ts'], 1, 'WRITE_REFUSED'],
  ])('refuses %s', async (_, [flag = '', out = '', ...rest], expected, message) => {
    const args = [flag, join(folder, out), ...rest];
    const { code, stderr } = await featuretap('types', tinyModel('tiny'), ...args);
    expect(code).toBe(expected);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, out))).toBe(false);
  });

  it.each([
    ['tiny-no-manifest', 'MANIFEST_MISSING'],
    ['tiny-head', 'MANIFEST_MISSING'],
    ['no-such-model', 'FILE_NOT_FOUND'],
  ])('refuses %s and leaves nothing behind', async (name, error) => {
    const before = readdirSync(folder);
    const out = join(folder, 'none.ts');
    const { code, stderr } = await featuretap('types', tinyModel(name), '-o', out);
    expect(code).toBe(1);
    expect(stderr).toContain(error);
    expect(readdirSync(folder)).toEqual(before);
  });
});
