import type { ArchitectureEntry, Layout, TapRecipe } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { architectureRows, findArchitecture } from '../src/find-architecture.js';
import { HEADS, STAGES } from '../src/generated/architectures.js';

// Facts of timm's model files and of feature_info, not of the generator.

const all: readonly ArchitectureEntry[] = [...architectureRows().keys()].map((id) =>
  findArchitecture(id),
);

function modulesOf(recipe: TapRecipe): string[] {
  if (recipe.kind === 'anchors') return recipe.anchors.map(({ module }) => module);
  const parts: readonly TapRecipe[] = Array.isArray(recipe.of)
    ? (recipe.of as readonly TapRecipe[])
    : [recipe.of as TapRecipe];
  return parts.flatMap(modulesOf);
}

describe('stages', () => {
  it.each<[string, number[]]>([
    ['resnet50', [2, 4, 8, 16, 32]],
    ['convnext_atto', [4, 8, 16, 32]],
    ['swin_tiny_patch4_window7_224', [4, 8, 16, 32]],
    ['dla46_c', [1, 2, 4, 8, 16, 32]],
    ['darknet17', [1, 2, 4, 8, 16, 32]],
    ['csatv2', [8, 8, 16, 32, 64]],
    ['efficientnet_b0', [2, 4, 8, 16, 32]],
    ['vit_tiny_patch16_224', Array.from({ length: 12 }, () => 16)],
    ['cait_xxs24_224', Array.from({ length: 24 }, () => 16)],
  ])('of %s have the reductions that feature_info names', (id, reductions) => {
    expect(findArchitecture(id).reductions).toEqual(reductions);
  });

  it.each([
    ['ghostnet_050', 'conv_stem'],
    ['repghostnet_050', 'conv_stem'],
    ['regnetv_040', 'stem'],
    ['regnetv_064', 'stem'],
  ])('of %s begin with one that folding erases', (id, module) => {
    const [first, ...rest] = findArchitecture(id).stages;
    expect(first?.foldable).toBe(true);
    expect(modulesOf(first!.recipe)).toEqual([module]);
    expect(rest.every(({ foldable }) => !foldable)).toBe(true);
  });

  it.each(['resnet50', 'regnetx_002', 'mobilenetv3_small_050', 'vit_tiny_patch16_224'])(
    'of %s stay when a BatchNorm is folded',
    (id) => {
      expect(findArchitecture(id).stages.some(({ foldable }) => foldable)).toBe(false);
    },
  );

  it('of Hiera are windows that become a map with steps of their own size', () => {
    const { stages } = findArchitecture('hiera_tiny_224');
    for (const { recipe, shape } of stages.slice(0, 3)) {
      expect(recipe.kind).toBe('rearrange');
      if (recipe.kind !== 'rearrange') continue;
      const [channels = 0, height = 0, width = 0] = shape;
      expect(recipe.shape).toEqual([height * width, channels]);
      // Each step keeps the number of elements; a permutation names each axis once.
      let dims: readonly number[] = recipe.shape;
      for (const step of recipe.steps) {
        if ('reshape' in step) {
          const count = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
          expect(count(step.reshape)).toBe(count(dims));
          dims = step.reshape;
        } else {
          expect([...step.permute].sort()).toEqual(dims.map((_, axis) => axis));
          dims = step.permute.map((axis) => dims[axis]!);
        }
      }
      expect(dims).toEqual(shape);
    }
  });
});

describe('unpooled', () => {
  it.each<[string, [Layout, number[]][]]>([
    ['resnet50', [['NCHW', [2048, 7, 7]]]],
    ['swin_tiny_patch4_window7_224', [['NHWC', [7, 7, 768]]]],
    ['deit_tiny_distilled_patch16_224', [['NLC', [198, 192]]]],
    ['efficientformer_l1', [['NLC', [49, 448]]]],
    ['tinynet_e', [['NCHW', [1280, 4, 4]]]],
    ['test_vit2', [['NLC', [101, 64]]]],
    [
      'crossvit_9_240',
      [
        ['NLC', [401, 128]],
        ['NLC', [197, 256]],
      ],
    ],
    [
      'coat_tiny',
      [
        ['NLC', [785, 152]],
        ['NLC', [197, 152]],
        ['NLC', [50, 152]],
      ],
    ],
  ])('of %s has its layout and shape', (id, expected) => {
    const { unpooled } = findArchitecture(id);
    expect(unpooled.map(({ layout, shape }) => [layout, shape])).toEqual(expected);
  });
});

describe('pooled', () => {
  it.each<[string, TapRecipe['kind'], string[], number]>([
    ['deit_tiny_distilled_patch16_224', 'mean', ['head', 'head_dist'], 192],
    ['crossvit_9_240', 'concat', ['head.0', 'head.1'], 128 + 256],
    ['vit_small_patch16_dinov3', 'token-mean', ['norm'], 384],
  ])('of %s is made of several values', (id, kind, modules, width) => {
    const { pooled } = findArchitecture(id);
    expect(pooled?.recipe.kind).toBe(kind);
    expect(modulesOf(pooled!.recipe)).toEqual(modules);
    expect(pooled?.shape).toEqual([width]);
  });

  it('of DINOv3 starts behind one class token and four registers', () => {
    expect(findArchitecture('vit_small_patch16_dinov3').pooled?.recipe).toMatchObject({ from: 5 });
  });

  it('of heads that average two linear layers enters both of them', () => {
    const { classifiers, pooled } = findArchitecture('efficientformer_l1');
    expect(classifiers).toEqual(['head', 'head_dist']);
    expect(pooled?.recipe.kind).toBe('anchors');
  });

  it('comes before the BatchNorm in a head that has one', () => {
    const { pooled, classifiers } = findArchitecture('efficientvit_m0');
    expect(modulesOf(pooled!.recipe)).toContain('head');
    expect(classifiers).toEqual(['head.linear']);
  });

  it('is missing in encoders alone', () => {
    const without = all.filter(({ pooled }) => pooled === null);
    expect(without.map(({ id }) => id)).toContain('deepseek_vit_412m_enc');
    expect(without.filter(({ classifiers }) => classifiers.length > 0)).toEqual([]);
  });
});

describe('every entry', () => {
  it('has classes and classifiers, or neither', () => {
    const odd = all.filter(({ classes, classifiers }) => classes > 0 !== classifiers.length > 0);
    expect(odd.map(({ id }) => id)).toEqual([]);
  });

  it('has stages of growing depth, NCHW, inside the image', () => {
    for (const { id, stages, inputSize, reductions } of all) {
      for (const [i, { shape, layout }] of stages.entries()) {
        const [, height = 0, width = 0] = shape;
        expect(layout, id).toBe('NCHW');
        expect(height <= inputSize[0] && width <= inputSize[1], `${id} stage ${i}`).toBe(true);
        expect(reductions[i], id).toBe(inputSize[0] / height);
      }
    }
  });

  it('has as many axes of unpooled as its layout', () => {
    for (const { id, unpooled, pooled } of all) {
      for (const { layout, shape } of unpooled) expect(shape.length, id).toBe(layout.length - 1);
      expect(pooled?.shape.length ?? 1, id).toBe(1);
    }
  });

  it('counts products that its fields can depend on', () => {
    for (const { id, stages, unpooled, pooled, shapeSignature } of all) {
      const total = Number(shapeSignature.split(':')[0]);
      for (const { products } of [...stages, ...unpooled, ...(pooled === null ? [] : [pooled])]) {
        expect(products > 0 && products <= total, `${id}: ${products} of ${total}`).toBe(true);
      }
    }
  });

  it('has fingerprints of their form', () => {
    for (const { id, signature, shapeSignature } of all) {
      expect(signature, id).toMatch(/^\d+:[0-9a-f]{8}$/u);
      expect(shapeSignature, id).toMatch(/^\d+:[0-9a-f]{8}$/u);
    }
  });

  it('names modules that are written out: no run is left', () => {
    for (const { id, stages, unpooled, pooled } of all) {
      const fields = [...stages, ...unpooled, ...(pooled === null ? [] : [pooled])];
      const modules = fields.flatMap(({ recipe }) => modulesOf(recipe));
      for (const module of modules) expect(module, id).toMatch(/^\w+(?:\.\w+)*$/u);
    }
  });
});

describe('the generated tables', () => {
  it('are used in full: no recipe is left over, none is missing', () => {
    const rows = [...architectureRows().values()].map(({ row }) => row);
    const used = (column: 2 | 3) =>
      [...new Set(rows.map((row) => row[column]))].sort((a, b) => a - b);
    expect(used(2)).toEqual([...STAGES.keys()]);
    expect(used(3)).toEqual([...HEADS.keys()]);
  });
});
