import { isFeaturetapError, type ArchitectureEntry } from '@featuretap/core/spec';
import { describe, expect, it } from 'vitest';
import { planTaps, type PlanOptions } from '../../src/plan-taps.js';
import type { TapPlan } from '../../src/taps/plan.js';
import { encodeMetadata } from '../../src/write/encode-edit.js';
import { buildModel, type ModelSpec } from '../build-model.js';
import { parse } from '../read-fixture.js';
import {
  anchors,
  catalogueOf,
  CNN,
  CNN_ENTRY,
  field,
  nameless,
  withoutHead,
  wrapped,
} from './small-networks.js';

async function plan(spec: ModelSpec, options: PlanOptions): Promise<TapPlan> {
  return planTaps(await parse(buildModel(spec)), options);
}

const HEADLESS: ArchitectureEntry = {
  ...CNN_ENTRY,
  id: 'cnn_features',
  classes: 0,
  classifiers: [],
};

/** An entry that no fingerprint leads to. */
const UNSIGNED: ArchitectureEntry = {
  ...CNN_ENTRY,
  id: 'unsigned',
  signature: '0:00000000',
  shapeSignature: '0:00000000',
};

const WITHOUT_HEAD = withoutHead(CNN, 'flat', [16]);

function evidence({ record }: TapPlan): (string | undefined)[] {
  return [...record.stages, record.unpooled, record.pooled].map(
    (one) => (one as { evidence?: string }).evidence,
  );
}

describe('recognising a file', () => {
  it('takes every field but logits from the catalogue', async () => {
    const found = await plan(CNN, { catalogue: catalogueOf(CNN_ENTRY) });
    expect(evidence(found)).toEqual(Array.from({ length: 5 }, () => 'catalogue'));
    expect(found.record.logits).toMatchObject({ value: 'logits', evidence: 'structure' });
    expect(found.architecture).toBe('cnn');
  });

  it('is not tried without a catalogue', async () => {
    const found = await plan(CNN, {});
    expect(found.architecture).toBeNull();
    expect(evidence(found)).not.toContain('catalogue');
  });

  it.each([
    ['with names', CNN],
    ['without names', nameless(CNN)],
  ])('takes a headed entry for a file with a classifier alone, %s', async (_how, spec) => {
    const catalogue = catalogueOf(HEADLESS, CNN_ENTRY);
    expect((await plan(spec, { catalogue })).architecture).toBe('cnn');
    const other = await plan(spec, { catalogue: catalogueOf(HEADLESS) });
    expect(other.architecture).toBeNull();
    expect(evidence(other)).not.toContain('catalogue');
  });

  it.each([
    ['with names', WITHOUT_HEAD],
    ['without names', nameless(WITHOUT_HEAD)],
  ])('takes a headless entry for a file without a classifier first, %s', async (_how, spec) => {
    const found = await plan(spec, { catalogue: catalogueOf(CNN_ENTRY, HEADLESS) });
    expect(found.architecture).toBe('cnn_features');
    expect(found.record.logits).toMatchObject({ value: null });
    expect(found.record.pooled).toMatchObject({ value: 'flat' });
    // A network with a classifier may have been exported without it (num_classes=0).
    const other = await plan(spec, { catalogue: catalogueOf(CNN_ENTRY) });
    expect(other.architecture).toBe('cnn');
    expect(other.record.logits).toMatchObject({ value: null });
    expect(other.record.pooled).toMatchObject({ value: 'flat' });
  });

  it('follows, of recipes that fit, the one whose last stage comes last', async () => {
    const shallow = { ...UNSIGNED, id: 'shallow', stages: UNSIGNED.stages.slice(0, 2) };
    for (const entries of [
      [UNSIGNED, shallow],
      [shallow, UNSIGNED],
    ]) {
      const { record, architecture } = await plan(CNN, { catalogue: catalogueOf(...entries) });
      expect(architecture).toBeNull();
      expect(record.stages).toMatchObject([{ value: 'stem' }, { value: 'l1' }, { value: 'l2' }]);
    }
  });

  it('keeps the fields on which candidates without names agree', async () => {
    const other: ArchitectureEntry = {
      ...CNN_ENTRY,
      id: 'cnn_preact',
      unpooled: [field(anchors('layer2'), [16, 8, 8], { products: 3, operation: 'product' })],
    };
    const catalogue = catalogueOf(CNN_ENTRY, other);
    const { architecture, candidates, record } = await plan(nameless(CNN), { catalogue });
    expect(architecture).toBeNull();
    expect(candidates).toEqual(['cnn', 'cnn_preact']);
    expect(record.stages).toMatchObject(CNN_ENTRY.stages.map(() => ({ evidence: 'catalogue' })));
    expect(record.unpooled).toMatchObject({ evidence: 'structure' });
  });
});

describe('naming the architecture', () => {
  const catalogue = catalogueOf(UNSIGNED, {
    ...UNSIGNED,
    id: 'wrong',
    unpooled: [field(anchors('layer1'), [8, 16, 16])],
  });

  it.each([
    ['with names', CNN],
    ['inside a wrapper', wrapped(CNN, 'model')],
    ['without names', nameless(CNN)],
  ])('finds its fields %s', async (_how, spec) => {
    const found = await plan(spec, { catalogue, architecture: 'unsigned' });
    expect(found).toMatchObject({ architecture: 'unsigned', candidates: [] });
    expect(evidence(found)).toEqual(Array.from({ length: 5 }, () => 'catalogue'));
  });

  it("is done by the file's metadata", async () => {
    const metadata = [encodeMetadata('featuretap.architecture', 'unsigned')];
    const found = await plan({ ...CNN, metadata }, { catalogue });
    expect(found.architecture).toBe('unsigned');
    expect(found.record.unpooled).toMatchObject({ value: 'l2', evidence: 'catalogue' });
  });

  it('is done by the caller first', async () => {
    const metadata = [encodeMetadata('featuretap.architecture', 'nothing known')];
    const found = await plan({ ...CNN, metadata }, { catalogue, architecture: 'unsigned' });
    expect(found.architecture).toBe('unsigned');
  });

  it('goes on without a name in the metadata that the catalogue lacks', async () => {
    const metadata = [encodeMetadata('featuretap.architecture', 'nothing known')];
    const found = await plan({ ...CNN, metadata }, { catalogue });
    expect(found.architecture).not.toBe('nothing known');
    expect(found.record.unpooled).toMatchObject({ value: 'l2' });
  });

  it('mismatches where no field of the architecture is in the file', async () => {
    const elsewhere: ArchitectureEntry = {
      ...UNSIGNED,
      stages: [field(anchors('blocks.0'), [8, 16, 16])],
      reductions: [2],
      unpooled: [field(anchors('blocks.0'), [8, 16, 16])],
      pooled: field(anchors('>head'), [8]),
    };
    const error: unknown = await plan(CNN, {
      catalogue: catalogueOf(elsewhere),
      architecture: 'unsigned',
    }).catch((reason: unknown) => reason);
    expect(isFeaturetapError(error) && error.code).toBe('ARCHITECTURE_MISMATCH');
    expect((error as Error).message).toContain('unsigned');
  });
});
