import { describe, expectTypeOf, it } from 'vitest';
import type {
  Extractor,
  FeatureOutput,
  FeatureTensor,
  Head,
  HeadManifest,
  Manifest,
  RecordFields,
  RecordSpec,
  SelectedOutput,
  StageTensor,
  Tensor,
  WithExtras,
} from '../src/index.js';
import { createExtractor, openHead } from '../src/index.js';

declare const extractor: Extractor;
declare function anyFields(fields: RecordFields): void;

/** What a generated manifest constant looks like. */
const resnet = {
  stages: [
    {
      output: 'stages.0',
      value: 'a',
      dtype: 'float32',
      shape: ['batch', 64, 56, 56],
      layout: 'NCHW',
    },
    {
      output: 'stages.1',
      value: 'b',
      dtype: 'float32',
      shape: ['batch', 512, 7, 7],
      layout: 'NCHW',
    },
  ],
  unpooled: { value: 'b', dtype: 'float32', shape: ['batch', 512, 7, 7], layout: 'NCHW' },
  pooled: { value: 'c', dtype: 'float32', shape: ['batch', 512], layout: 'NC' },
  logits: { value: 'd', dtype: 'float32', shape: ['batch', 1000], layout: 'NC' },
} as const;

type Resnet = typeof resnet;
type Headless = Omit<Resnet, 'logits'> & { readonly logits: { readonly value: null } };
type CrossVit = Omit<Resnet, 'unpooled'> & {
  readonly unpooled: readonly [Resnet['pooled'], Resnet['unpooled']];
};

describe('a record of any file', () => {
  it('has stages, and the other fields where the file has them', () => {
    type Output = FeatureOutput;
    expectTypeOf<Output['stages']>().toEqualTypeOf<readonly StageTensor[]>();
    expectTypeOf<Output['pooled']>().toEqualTypeOf<FeatureTensor | undefined>();
    expectTypeOf<Output['logits']>().toEqualTypeOf<FeatureTensor | undefined>();
    expectTypeOf<Output['unpooled']>().toEqualTypeOf<
      FeatureTensor | readonly FeatureTensor[] | undefined
    >();
    expectTypeOf(extractor.run('cat.jpg')).resolves.toEqualTypeOf<Output>();
  });

  it('cannot be changed', () => {
    const record = {} as FeatureOutput;
    expectTypeOf(record.stages).not.toHaveProperty('push');
    // @ts-expect-error -- fields are readonly
    record.stages = [];
    // @ts-expect-error -- shapes are readonly
    record.stages[0]!.shape[0] = 1;
  });

  it('has exactly the fields that were asked for', async () => {
    const record = await extractor.run('cat.jpg', { fields: ['pooled', 'logits'] });
    expectTypeOf(record).toEqualTypeOf<{
      readonly pooled: FeatureTensor;
      readonly logits: FeatureTensor;
    }>();
    expectTypeOf(record.pooled.data).toEqualTypeOf<Float32Array | Uint16Array>();
    // @ts-expect-error -- not asked for
    record.stages;
  });

  it('is partial when the fields are known only at run time', () => {
    const fields: ('stages' | 'pooled')[] = [];
    const options = { ...(fields.length > 0 ? { fields } : {}) };
    expectTypeOf(extractor.run('cat.jpg', options)).resolves.toHaveProperty('logits');
  });

  it('is partial when options of both kinds are known only at run time', () => {
    const options: { fields?: ('stages' | 'pooled')[]; signal?: AbortSignal; extras?: true } = {};
    expectTypeOf(extractor.run('cat.jpg', options)).resolves.toEqualTypeOf<
      Partial<Parameters<typeof anyFields>[0] & WithExtras>
    >();
  });

  it('has a map of extra outputs only when they were asked for', async () => {
    const all = await extractor.run('cat.jpg', { extras: true });
    expectTypeOf(all).toEqualTypeOf<FeatureOutput & WithExtras>();
    expectTypeOf(all.extras).toEqualTypeOf<ReadonlyMap<string, Tensor>>();
    const names: readonly string[] = ['probe'];
    const some = await extractor.run('cat.jpg', { extras: names, fields: ['pooled'] });
    expectTypeOf(some).toEqualTypeOf<SelectedOutput<RecordSpec, 'pooled'> & WithExtras>();
    expectTypeOf(some.pooled).toEqualTypeOf<FeatureTensor>();
    // @ts-expect-error -- not asked for
    some.logits;
    const none = await extractor.run('cat.jpg', { fields: ['pooled'] });
    // @ts-expect-error -- not asked for
    none.extras;
    const plain = await extractor.run('cat.jpg', { signal: AbortSignal.timeout(1) });
    // @ts-expect-error -- not asked for
    plain.extras;
    // @ts-expect-error -- there is nothing to switch off
    void extractor.run('cat.jpg', { extras: false });
  });

  it('is specified by any manifest', () => {
    expectTypeOf<Manifest['record']>().toExtend<RecordSpec>();
    expectTypeOf(resnet).toExtend<RecordSpec>();
  });
});

describe('a record of a known file', () => {
  it('has a tuple of stages with their channels', () => {
    type Output = FeatureOutput<Resnet>;
    expectTypeOf<Output['stages']['length']>().toEqualTypeOf<2>();
    expectTypeOf<Output['stages'][1]['shape']>().toEqualTypeOf<readonly [number, 512, 7, 7]>();
    expectTypeOf<Output['stages'][1]['layout']>().toEqualTypeOf<'NCHW'>();
    expectTypeOf<Output['logits']['shape'][1]>().toEqualTypeOf<1000>();
    expectTypeOf<Output['pooled']['data']>().toEqualTypeOf<Float32Array>();
    expectTypeOf<ReturnType<Output['pooled']['row']>>().toEqualTypeOf<Float32Array>();
  });

  it('has no key for a field that the network lacks', () => {
    type Output = FeatureOutput<Headless>;
    expectTypeOf<keyof Output>().toEqualTypeOf<'stages' | 'unpooled' | 'pooled'>();
    const known = extractor as unknown as Extractor<Headless>;
    // @ts-expect-error -- there are no logits to ask for
    void known.run('cat.jpg', { fields: ['logits'] });
    void known.run('cat.jpg', { fields: ['pooled'] });
  });

  it('has a tuple of branches', () => {
    type Output = FeatureOutput<CrossVit>;
    expectTypeOf<Output['unpooled'][0]['shape']>().toEqualTypeOf<readonly [number, 512]>();
    expectTypeOf<Output['unpooled'][1]['layout']>().toEqualTypeOf<'NCHW'>();
  });
});

describe('an extractor', () => {
  it('can be declared with await using', () => {
    expectTypeOf<Extractor>().toExtend<AsyncDisposable>();
    expectTypeOf(async () => {
      await using scoped = await createExtractor('model.taps.onnx');
      return scoped.manifest;
    }).returns.resolves.toEqualTypeOf<Manifest>();
  });

  it('takes every kind of input, and lists of them', () => {
    const image = { width: 1, height: 1, data: new Uint8Array(3) };
    const tensor = { dtype: 'float32', shape: [1, 3, 2, 2], data: new Float32Array(12) } as const;
    void extractor.run(['cat.jpg', new URL('file:///dog.jpg'), new Uint8Array(9), image, tensor]);
    // @ts-expect-error -- misspelt option
    void extractor.run(image, { field: ['pooled'] });
    // @ts-expect-error -- misspelt option
    void createExtractor('model.taps.onnx', { worker: 2 });
  });

  it('takes a head of every kind, and the folder of weights', () => {
    const bytes = new Uint8Array(9);
    void createExtractor({ bytes }, { head: 'head.onnx', weightsFolder: 'models' });
    void createExtractor('backbone.onnx', { head: new URL('file:///head.onnx') });
    void createExtractor('backbone.onnx', { head: { bytes } });
    // @ts-expect-error -- bytes come as an object
    void createExtractor('backbone.onnx', { head: bytes });
  });
});

describe('a head', () => {
  it('can be declared with await using', () => {
    expectTypeOf<Head>().toExtend<AsyncDisposable>();
    expectTypeOf(async () => {
      await using head = await openHead('head.onnx', { workers: 2 });
      return head.manifest;
    }).returns.resolves.toEqualTypeOf<HeadManifest>();
    // @ts-expect-error -- a head decodes no images
    void openHead('head.onnx', { decode: 'display' });
  });

  it('takes pooled features of a record, or a tensor', async () => {
    const head = {} as Head;
    const { pooled } = await extractor.run('cat.jpg', { fields: ['pooled'] });
    const tensor: Tensor = { dtype: 'float32', shape: [1, 2], data: new Float32Array(2) };
    expectTypeOf(head.run(pooled)).resolves.toEqualTypeOf<FeatureTensor>();
    void head.run(tensor, { signal: AbortSignal.timeout(1) });
    // @ts-expect-error -- not an image
    void head.run('cat.jpg');
    const known = (await (extractor as unknown as Extractor<Resnet>).run('cat.jpg')).pooled;
    void head.run(known);
  });
});
