import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource } from '@featuretap/core/wire';
import { afterAll, describe, expect, it } from 'vitest';
import {
  planTaps,
  pruneModel,
  readModel,
  reheadModel,
  splitModel,
  tapModel,
  type Model,
  type PlanOptions,
  type TapOptions,
  type TapPlan,
} from '../src/index.js';
import { pruneFile, reheadFile, splitFile, tapFile } from '../src/node/index.js';
import { fixturePath, modelBytes } from './read-fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'featuretap-tap-options-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const preprocess = {
  inputSize: [3, 16, 16],
  interpolation: 'bicubic',
  cropPct: 1,
  cropMode: 'center',
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

const REFUSED: readonly (readonly [object, RegExp])[] = [
  [{ fieldz: ['pooled'] }, /unknown option fieldz; known options are fields, stages, /u],
  [{ constructor: 1 }, /unknown option constructor/u],
  [{ fields: ['pool'] }, /fields\.0: expected one of "stages"\|.*, got "pool"/u],
  [{ stages: '-1' }, /stages: expected array, got "-1"/u],
  [{ stages: [0.5] }, /stages\.0: expected int, got 0\.5/u],
  [{ dtype: 'int8' }, /dtype: expected one of "float32"\|"float16", got "int8"/u],
  [{ reduce: true }, /reduce: expected one of "avg"\|"max"\|"none", got true/u],
  [{ outputs: ['x'] }, /outputs\.0: expected object, got "x"/u],
  [{ input: 'float32' }, /input: expected "uint8", got "float32"/u],
  [{ preprocess: { mean: 1 } }, /preprocess\.inputSize: expected tuple, got nothing/u],
  [{ preprocess: { ...preprocess, crop: 1 } }, /preprocess: .*crop/u],
  [{ labels: 'labels.txt' }, /labels: expected array, got "labels.txt"/u],
  [{ labels: ['a', 'b'] }, /Expected 5 labels, one for each class, got 2/u],
];

describe('options that are refused', () => {
  it.each(REFUSED)('by tapModel: %j', async (options, message) => {
    const model = await readModel(bytesSource(modelBytes('conv')));
    const tapping = tapModel(model, planTaps(model), options);
    await expect(tapping).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(tapping).rejects.toThrow(message);
  });

  it.each([
    ...REFUSED,
    [{ weights: 'move' }, /weights: expected one of "copy"\|"link", got "move"/u],
    [{ catalogue: 'timm' }, /catalogue: expected a catalogue of architectures/u],
    [{ sha256: 'f00d' }, /unknown option sha256/u],
    [{ hash: 1 }, /hash: expected boolean, got 1/u],
  ] as const)('by tapFile, which writes nothing: %j', async (given, message) => {
    const options: object = given;
    const out = join(folder, 'out.onnx');
    const tapping = tapFile(fixturePath('models/conv.onnx'), out, options);
    await expect(tapping).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(tapping).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  });
});

it.each([[{ snyc: 1 }], [{ catalogue: 'timm' }], [{ architecture: 3 }]])(
  'planTaps refuses %j',
  async (options) => {
    const model = await readModel(bytesSource(modelBytes('conv')));
    const planning = () => planTaps(model, options as PlanOptions);
    expect(planning).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error);
  },
);

/** Takers of options besides tapping, each given the options only. */
const OTHERS: readonly (readonly [string, (options: object) => Promise<unknown>])[] = [
  ['splitModel', async (options) => splitModel(...(await planned()), options)],
  [
    'splitFile',
    (options) => splitFile(fixturePath('models/conv.onnx'), join(folder, 's'), options),
  ],
  ['pruneModel', async (options) => pruneModel((await planned())[0], options)],
  [
    'pruneFile',
    (options) => pruneFile(fixturePath('models/conv.onnx'), join(folder, 'p'), options),
  ],
  ['reheadModel', async (options) => reheadModel(...(await planned()), { kind: 'drop' }, options)],
  [
    'reheadFile',
    (options) =>
      reheadFile(fixturePath('models/conv.onnx'), join(folder, 'r'), { kind: 'drop' }, options),
  ],
];

async function planned(): Promise<[Model, TapPlan]> {
  const model = await readModel(bytesSource(modelBytes('conv')));
  return [model, planTaps(model)];
}

describe.each(OTHERS)('%s', (name, call) => {
  it.each([
    [{ fieldz: ['pooled'] }, 'unknown option fieldz; known options are '],
    [{ weights: 'move' }, 'weights: expected '],
  ])('refuses %j and writes nothing', async (options, message) => {
    const calling = call(options);
    await expect(calling).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(calling).rejects.toThrow(`options of ${name}`);
    await expect(calling).rejects.toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('options that are not given may be undefined', async () => {
  const model = await readModel(bytesSource(modelBytes('conv')));
  const options = { fields: undefined, labels: ['a', 'b', 'c', 'd', 'e'] } as unknown as TapOptions;
  expect((await tapModel(model, planTaps(model), options)).manifest.labels).toHaveLength(5);
});
