import { isFeaturetapError } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { architectureRows, findArchitecture } from '../src/find-architecture.js';
import { timmCatalogue } from '../src/timm-catalogue.js';

const ids = [...architectureRows().keys()];

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

describe('timmCatalogue', () => {
  it('finds what findArchitecture finds, and refuses what it refuses', () => {
    expect(timmCatalogue.find('resnet50')).toEqual(findArchitecture('resnet50'));
    try {
      timmCatalogue.find('resnet_50');
      expect.unreachable();
    } catch (error) {
      expect(isFeaturetapError(error) && error.code).toBe('UNKNOWN_NAME');
    }
  });

  it.each(['resnet50', 'vit_tiny_patch16_224', 'swin_tiny_patch4_window7_224', 'ghostnet_050'])(
    'finds %s by its fingerprints, whole, and all that share them',
    (id) => {
      const entry = findArchitecture(id);
      const entries = ids.map((one) => findArchitecture(one));
      const named = timmCatalogue.withSignature(entry.signature);
      expect([...named].sort(byId)).toEqual(
        entries.filter(({ signature }) => signature === entry.signature).sort(byId),
      );
      const nameless = timmCatalogue.withShapeSignature(entry.shapeSignature);
      expect([...nameless].sort(byId)).toEqual(
        entries.filter((one) => one.shapeSignature === entry.shapeSignature).sort(byId),
      );
      expect(named.map((one) => one.id)).toContain(id);
      expect(nameless.map((one) => one.id)).toContain(id);
    },
  );

  it('tells networks of one family apart whose weights differ', () => {
    const { signature } = findArchitecture('resnet50');
    const found = timmCatalogue.withSignature(signature).map(({ id }) => id);
    expect(found).not.toContain('resnet101');
    expect(found).not.toContain('resnext50_32x4d');
  });

  it.each(['', '0:00000000', 'constructor', '53:96f4b13C'])('has nothing for %j', (signature) => {
    expect(timmCatalogue.withSignature(signature)).toEqual([]);
    expect(timmCatalogue.withShapeSignature(signature)).toEqual([]);
  });

  it('gives new entries each time', () => {
    const { signature } = findArchitecture('resnet18');
    const [first] = timmCatalogue.withSignature(signature);
    first!.stages.length = 0;
    expect(timmCatalogue.withSignature(signature)[0]?.stages).toHaveLength(5);
  });

  it('has one of the distinct recipes for every architecture, and each once', () => {
    const key = (id: string): string => {
      const { stages, unpooled, pooled } = findArchitecture(id);
      return JSON.stringify(
        [stages, unpooled, pooled === null ? [] : [pooled]].map((fields) =>
          fields.map(({ recipe, shape, layout }) => [recipe, shape, layout]),
        ),
      );
    };
    const distinct = [...timmCatalogue.distinctRecipes(() => true)].map(({ id }) => key(id));
    expect(new Set(ids.map(key))).toEqual(new Set(distinct));
    expect(distinct.length).toBeLessThan(ids.length);
  });
});
