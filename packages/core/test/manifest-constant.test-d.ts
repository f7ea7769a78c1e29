import { describe, expectTypeOf, it } from 'vitest';
import {
  createExtractor,
  type Extractor,
  type ExtractorOptions,
  type FeatureOutput,
  type FeatureTensor,
  type Manifest,
  type ManifestConstant,
  type RecordMetadata,
  type RecordSpec,
  type SpecOf,
  type StageTensor,
  recordMetadata,
} from '../src/index.js';
import { tiny } from './fixtures/constants/tiny.js';
import { tinyBatch3 } from './fixtures/constants/tiny-batch-3.js';
import { tinyBranches } from './fixtures/constants/tiny-branches.js';
import { tinyFloat16 } from './fixtures/constants/tiny-float16.js';
import { tinyHeadless } from './fixtures/constants/tiny-headless.js';

type Tiny = FeatureOutput<SpecOf<typeof tiny>>;
type Headless = FeatureOutput<SpecOf<typeof tinyHeadless>>;
type Branches = FeatureOutput<SpecOf<typeof tinyBranches>>;
type Batch3 = FeatureOutput<SpecOf<typeof tinyBatch3>>;
type Float16 = FeatureOutput<SpecOf<typeof tinyFloat16>>;

declare const exact: Tiny;
declare const branches: Branches;
declare const any: FeatureOutput;

describe('a manifest constant', () => {
  it('fits ManifestConstant, as every manifest does', () => {
    expectTypeOf(tiny).toExtend<ManifestConstant>();
    expectTypeOf<Manifest>().toExtend<ManifestConstant>();
    // @ts-expect-error -- a constant may lack labels, and is readonly
    tiny satisfies Manifest;
    // @ts-expect-error -- a constant has an input
    ({}) satisfies ManifestConstant;
  });

  it('gives a tuple of stages with literal sizes and reductions', () => {
    expectTypeOf<Tiny['stages']['length']>().toEqualTypeOf<2>();
    expectTypeOf<Tiny['stages'][0]['shape']>().toEqualTypeOf<readonly [number, 4, 8, 8]>();
    expectTypeOf<Tiny['stages'][1]['shape']>().toEqualTypeOf<readonly [number, 8, 4, 4]>();
    expectTypeOf<Tiny['stages'][0]['reduction']>().toEqualTypeOf<2>();
    expectTypeOf<Tiny['stages'][1]['reduction']>().toEqualTypeOf<4>();
    expectTypeOf<Tiny['stages'][1]['layout']>().toEqualTypeOf<'NCHW'>();
    expectTypeOf<Tiny['stages'][1]['data']>().toEqualTypeOf<Float32Array>();
    // @ts-expect-error -- there is no third stage
    type Third = Tiny['stages'][2];
    expectTypeOf<Third>();
  });

  it('gives literal classes', () => {
    expectTypeOf<Tiny['logits']['shape']>().toEqualTypeOf<readonly [number, 5]>();
    expectTypeOf<Tiny['pooled']['shape']>().toEqualTypeOf<readonly [number, 6]>();
    expectTypeOf<Tiny['unpooled']['shape']>().toEqualTypeOf<readonly [number, 6, 4, 4]>();
    expectTypeOf<keyof Tiny>().toEqualTypeOf<'stages' | 'unpooled' | 'pooled' | 'logits'>();
  });

  it('gives no key for logits that the network lacks', () => {
    expectTypeOf<keyof Headless>().toEqualTypeOf<'stages' | 'unpooled' | 'pooled'>();
  });

  it('gives a tuple of branches, and stages of no length', () => {
    expectTypeOf<Branches['unpooled']['length']>().toEqualTypeOf<2>();
    expectTypeOf<Branches['unpooled'][0]['shape']>().toEqualTypeOf<readonly [number, 4, 8, 8]>();
    expectTypeOf<Branches['unpooled'][1]['shape']>().toEqualTypeOf<readonly [number, 8, 4, 4]>();
  });

  it('gives a number for the batch, also for a model of a fixed one', () => {
    expectTypeOf<Batch3['logits']['shape']>().toEqualTypeOf<readonly [number, 5]>();
    expectTypeOf<Batch3['stages'][0]['shape']>().toEqualTypeOf<readonly [number, 4, 8, 8]>();
  });

  it('gives the array of the dtype', () => {
    expectTypeOf<Float16['pooled']['data']>().toEqualTypeOf<Uint16Array>();
    expectTypeOf<ReturnType<Float16['pooled']['row']>>().toEqualTypeOf<Uint16Array>();
  });

  it('gives [N, C] for stages that the file reduces', () => {
    const [first, second] = tiny.record.stages;
    const reduced = {
      ...tiny,
      record: {
        ...tiny.record,
        stages: [
          { ...first, reduce: 'avg', shape: ['batch', 4], layout: 'NC' },
          { ...second, reduce: 'max', shape: ['batch', 8], layout: 'NC' },
        ],
      },
    } as const satisfies ManifestConstant;
    type Reduced = FeatureOutput<SpecOf<typeof reduced>>;
    expectTypeOf<Reduced['stages'][1]['shape']>().toEqualTypeOf<readonly [number, 8]>();
    expectTypeOf<Reduced['stages'][1]['layout']>().toEqualTypeOf<'NC'>();
    expectTypeOf<Reduced['stages'][1]['reduction']>().toEqualTypeOf<4>();
  });

  it('gives an optional reduction where the file tells none', () => {
    const { reduction: _, ...stage } = tiny.record.stages[0];
    type Unknown = FeatureOutput<{
      readonly stages: readonly [typeof stage];
      readonly unpooled: { readonly value: null };
      readonly pooled: { readonly value: null };
      readonly logits: { readonly value: null };
    }>;
    expectTypeOf<Unknown['stages'][0]['reduction']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<keyof Unknown>().toEqualTypeOf<'stages'>();
  });
});

describe('an extractor with a manifest constant', () => {
  it('has exact records', () => {
    const known = createExtractor('tiny.onnx', { manifest: tiny, workers: 2 });
    expectTypeOf(known).resolves.toEqualTypeOf<Extractor<SpecOf<typeof tiny>>>();
    expectTypeOf(async () => (await known).run('cat.jpg')).returns.resolves.toEqualTypeOf<Tiny>();
  });

  it('narrows to the fields that were asked for', async () => {
    const known = await createExtractor('tiny.onnx', { manifest: tiny });
    const record = await known.run('cat.jpg', { fields: ['pooled', 'stages'] });
    expectTypeOf<keyof typeof record>().toEqualTypeOf<'pooled' | 'stages'>();
    expectTypeOf(record.stages[1].shape).toEqualTypeOf<readonly [number, 8, 4, 4]>();
    const headless = await createExtractor('h.onnx', { manifest: tinyHeadless });
    // @ts-expect-error -- there are no logits to ask for
    void headless.run('cat.jpg', { fields: ['logits'] });
    const branches = await createExtractor('b.onnx', { manifest: tinyBranches });
    // @ts-expect-error -- a run cannot be asked for stages that the file lacks
    void branches.run('cat.jpg', { fields: ['stages'] });
  });

  it('has exact records in a stream', async () => {
    const known = await createExtractor('tiny.onnx', { manifest: tiny });
    for await (const result of known.stream(['cat.jpg'])) {
      if (result.error !== undefined) continue;
      expectTypeOf(result.record).toEqualTypeOf<Tiny>();
    }
  });

  it('takes a constant that is written in place', async () => {
    const { record } = tiny;
    const extractor = await createExtractor('tiny.onnx', {
      manifest: { ...tiny, record: { ...record, logits: { value: null, reason: 'none' } } },
    });
    const output = await extractor.run('cat.jpg');
    expectTypeOf<keyof typeof output>().toEqualTypeOf<'stages' | 'unpooled' | 'pooled'>();
  });

  it('is an extractor of any file to who asks for no more', () => {
    expectTypeOf<Extractor<SpecOf<typeof tiny>>>().toExtend<Extractor>();
    expectTypeOf<Tiny>().toExtend<FeatureOutput>();
    expectTypeOf<Headless>().toExtend<FeatureOutput>();
  });

  it('has the records of any file when the manifest is known only at run time', () => {
    const manifest = {} as Manifest;
    type Output = FeatureOutput<SpecOf<typeof manifest>>;
    expectTypeOf<Output['stages'][number]>().toExtend<StageTensor>();
    expectTypeOf<Output['logits']>().toExtend<FeatureTensor | undefined>();
    expectTypeOf<undefined>().toExtend<Output['logits']>();
    expectTypeOf<SpecOf<Manifest>>().toExtend<RecordSpec>();
    const options: ExtractorOptions = {};
    expectTypeOf(createExtractor('any.onnx', options)).resolves.toEqualTypeOf<Extractor>();
  });

  it('refuses what is no constant, and misspelt options', () => {
    // @ts-expect-error -- no manifest
    void createExtractor('tiny.onnx', { manifest: { version: 1 } });
    // @ts-expect-error -- misspelt option
    void createExtractor('tiny.onnx', { manifest: tiny, worker: 2 });
  });
});

describe('metadata of a record', () => {
  it('is made of any record', () => {
    expectTypeOf(recordMetadata).toBeCallableWith(exact);
    expectTypeOf(recordMetadata).toBeCallableWith(branches);
    expectTypeOf(recordMetadata).toBeCallableWith(any);
    expectTypeOf(recordMetadata).returns.toEqualTypeOf<RecordMetadata>();
  });
});
