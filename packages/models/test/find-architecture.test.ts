import { architectureEntrySchema, isFeaturetapError } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { architectureRows, findArchitecture } from '../src/find-architecture.js';
import { ARCHITECTURES } from '../src/generated/pretrained.js';
import { timmCatalogue } from '../src/timm-catalogue.js';

const ids = [...architectureRows().keys()];

describe('the table of architectures', () => {
  it('has every architecture of timm 1.0.31 once', () => {
    expect(ids).toHaveLength(1371);
    expect(new Set(ids).size).toBe(1371);
    expect(Object.keys(ARCHITECTURES).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('decodes to entries of the schema, each stage with its shape and reduction', () => {
    for (const id of ids) {
      const entry = findArchitecture(id);
      expect(() => architectureEntrySchema.parse(entry), id).not.toThrow();
      expect(entry.reductions).toHaveLength(entry.stages.length);
      for (const { shape } of entry.stages) expect(shape, id).toHaveLength(3);
    }
  });
});

// Facts of timm's source files and of forward_intermediates.
describe('findArchitecture', () => {
  it('knows a residual network', () => {
    const entry = findArchitecture('resnet50');
    expect(entry).toMatchObject({ family: 'resnet', inputSize: [224, 224], classes: 1000 });
    expect(entry.reductions).toEqual([2, 4, 8, 16, 32]);
    expect(entry.stages.map(({ shape }) => shape[0])).toEqual([64, 256, 512, 1024, 2048]);
    expect(entry.stages[1]?.recipe).toEqual({
      kind: 'anchors',
      anchors: [{ module: 'layer1', at: 'output' }],
    });
    expect(entry.pooled).toMatchObject({ shape: [2048], layout: 'NC' });
    expect(entry.classifiers).toEqual(['fc']);
  });

  it('knows a vision transformer: every block a stage, one prefix token', () => {
    const entry = findArchitecture('vit_tiny_patch16_224');
    expect(entry.stages).toHaveLength(12);
    expect(entry.prefixTokens).toBe(1);
    expect(entry.unpooled).toMatchObject([{ shape: [197, 192], layout: 'NLC' }]);
  });

  it('knows the layout of channels-last networks', () => {
    const { stages, unpooled } = findArchitecture('swin_tiny_patch4_window7_224');
    expect(stages[0]).toMatchObject({ shape: [96, 56, 56], layout: 'NCHW' });
    expect(unpooled).toMatchObject([{ shape: [7, 7, 768], layout: 'NHWC' }]);
  });

  it.each([
    ['deit_tiny_distilled_patch16_224', 'mean', 192, 1],
    ['crossvit_9_240', 'concat', 384, 2],
    ['efficientvim_m1', 'concat', 960, 4],
    ['resnet50_clip', 'token', 2048, 1],
  ])('knows the head of %s', (id, kind, width, branches) => {
    const { pooled, unpooled } = findArchitecture(id);
    expect(pooled?.recipe.kind).toBe(kind);
    expect(pooled?.shape).toEqual([width]);
    expect(unpooled).toHaveLength(branches);
  });

  it('knows what folding erases, and what must be put in order again', () => {
    expect(findArchitecture('ghostnet_050').stages.map(({ foldable }) => foldable)).toEqual([
      true,
      ...[false, false, false, false],
    ]);
    const kinds = findArchitecture('hiera_tiny_224').stages.map(({ recipe }) => recipe.kind);
    expect(kinds).toEqual(['rearrange', 'rearrange', 'rearrange', 'anchors']);
  });

  it('knows networks without a classifier, and encoders without a head', () => {
    expect(findArchitecture('vit_small_patch16_dinov3')).toMatchObject({
      classes: 0,
      classifiers: [],
      prefixTokens: 5,
    });
    expect(findArchitecture('deepseek_vit_412m_enc').pooled).toBeNull();
  });

  it.each([
    ['resnet_50', 'resnet50'],
    ['vit_tiny_patch16_225', 'vit_tiny_patch16_224'],
  ])('suggests near names for %s', (name, near) => {
    expect(() => findArchitecture(name)).toThrow(near);
  });

  it.each(['constructor', '__proto__', '', 'x'.repeat(100_000)])(
    'takes %.20s for what it is: unknown',
    (name) => {
      try {
        findArchitecture(name);
        expect.unreachable();
      } catch (error) {
        expect(isFeaturetapError(error) && error.code).toBe('UNKNOWN_NAME');
        expect((error as Error).message.length).toBeLessThan(400);
      }
    },
  );

  it('gives entries that the caller may change', () => {
    const first = findArchitecture('resnet18');
    (first.inputSize as number[])[0] = 1;
    expect(findArchitecture('resnet18').inputSize).toEqual([224, 224]);
  });
});

describe('timmCatalogue', () => {
  const entry = findArchitecture('resnet18');

  it('finds entries by either fingerprint', () => {
    const named = timmCatalogue.withSignature(entry.signature).map(({ id }) => id);
    const nameless = timmCatalogue.withShapeSignature(entry.shapeSignature).map(({ id }) => id);
    expect(named).toContain('resnet18');
    expect(nameless).toEqual(expect.arrayContaining(named));
    expect(timmCatalogue.withSignature('0:00000000')).toEqual([]);
  });

  it('lists each set of recipes and shapes once', () => {
    const key = ({ stages, unpooled, pooled }: typeof entry): string =>
      JSON.stringify([stages, unpooled, pooled].flat().map((f) => [f?.recipe, f?.shape]));
    const distinct = [...timmCatalogue.distinctRecipes(() => true)].map(key);
    expect(new Set(distinct)).toEqual(new Set(ids.map((id) => key(findArchitecture(id)))));
    expect(distinct.length).toBeLessThan(ids.length);
  });
});
