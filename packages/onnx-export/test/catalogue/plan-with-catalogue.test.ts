import { isFeaturetapError, type ArchitectureEntry, type FieldEntry } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { planTaps, type PlanOptions } from '../../src/plan-taps.js';
import { messageField, stringField } from '../../src/proto/encode.js';
import { ENTRY as ENTRY_FIELDS, MODEL } from '../../src/proto/fields.js';
import { readModel } from '../../src/proto/read-model.js';
import type { TapPlan } from '../../src/taps/plan.js';
import { buildModel, SMALL_CNN, type ModelSpec } from '../build-model.js';
import { catalogueOf } from './small-networks.js';

function field(
  anchors: string,
  shape: number[],
  products: number,
  operation: FieldEntry['operation'],
): FieldEntry {
  return {
    recipe: {
      kind: 'anchors',
      anchors: anchors.split(' ').map((text) => {
        const at = text.startsWith('>') ? 'input' : 'output';
        return { module: text.replace('>', ''), at };
      }),
    },
    shape,
    layout: shape.length === 1 ? 'NC' : 'NCHW',
    foldable: false,
    products,
    operation,
  };
}

/** SMALL_CNN as a catalogue knows it; the signatures were computed by hand with FNV-1a. */
const ENTRY: ArchitectureEntry = {
  id: 'small_cnn',
  family: 'small',
  inputSize: [32, 32],
  fixedInputSize: false,
  classes: 10,
  prefixTokens: 0,
  classifiers: ['fc'],
  stages: [
    field('block>', [8, 16, 16], 2, 'activate'),
    field('down.act> >pool', [16, 8, 8], 3, 'activate'),
  ],
  reductions: [2, 4],
  unpooled: [field('down>', [16, 8, 8], 3, 'activate')],
  pooled: field('>fc', [16], 3, 'pool'),
  signature: signatureOf(['stem.conv:216', 'block.conv:576', 'down.conv:1152']),
  shapeSignature: signatureOf(['216', '576', '1152']),
};

/** Number of entries and the sum of their FNV-1a hashes (draft-eastlake-fnv). */
function signatureOf(entries: readonly string[]): string {
  let sum = 0n;
  for (const entry of entries) {
    let hash = 0x811c9dc5n;
    for (const byte of Buffer.from(entry)) hash = ((hash ^ BigInt(byte)) * 0x01000193n) % 2n ** 32n;
    sum = (sum + hash) % 2n ** 32n;
  }
  return `${entries.length}:${sum.toString(16).padStart(8, '0')}`;
}

const PATHS = [
  ...['stem/conv', 'stem/act', 'block/conv', 'block', 'block/act', 'down/conv', 'down/act'],
  ...['pool', 'flatten', 'fc', 'softmax'],
];

function named(prefix = '', spec: ModelSpec = SMALL_CNN): ModelSpec {
  const nodes = spec.nodes.map((node, i) => ({
    ...node,
    name: `/${prefix}${PATHS[i] ?? 'more'}/${node.op}`,
  }));
  return { ...spec, nodes };
}

async function plan(spec: ModelSpec, options: PlanOptions = {}): Promise<TapPlan> {
  const catalogue = options.catalogue ?? catalogueOf(ENTRY);
  return planTaps(await readModel(bytesSource(buildModel(spec))), { catalogue, ...options });
}

function values({ record }: TapPlan): (string | null)[] {
  const { stages, unpooled, pooled, logits } = record;
  return [...stages, unpooled, pooled, logits].map((one) => (one as { value: string }).value);
}

const RIGHT = ['r1', 'r2', 'r2', 'flat', 'logits'];

describe('planTaps with a catalogue', () => {
  it('recognises a file by module paths and numbers of weights', async () => {
    const found = await plan(named());
    expect(found).toMatchObject({ architecture: 'small_cnn', candidates: [] });
    expect(values(found)).toEqual(RIGHT);
    expect(found.record.stages).toMatchObject([
      { evidence: 'catalogue', module: 'block', reduction: 2 },
      { evidence: 'catalogue', module: 'down.act', reduction: 4 },
    ]);
  });

  it('recognises it inside a wrapper', async () => {
    const found = await plan(named('model/'));
    expect(found.architecture).toBe('small_cnn');
    expect(values(found)).toEqual(RIGHT);
  });

  it('recognises it without any names', async () => {
    const found = await plan(SMALL_CNN);
    expect(found.architecture).toBe('small_cnn');
    expect(values(found)).toEqual(RIGHT);
    expect(found.record.pooled).toMatchObject({ evidence: 'catalogue' });
  });

  it('does not recognise another network, and says what its structure shows', async () => {
    const wider = { ...SMALL_CNN, weights: { ...SMALL_CNN.weights, w0: [8, 3, 5, 5] } };
    const found = await plan({ ...wider, nodes: SMALL_CNN.nodes });
    expect(found.architecture).toBeNull();
    expect(found.record.pooled).toMatchObject({ value: 'flat', evidence: 'structure' });
  });

  it('follows the recipes of a relative whose weights differ', async () => {
    const wider = { ...SMALL_CNN, weights: { ...SMALL_CNN.weights, w0: [8, 3, 5, 5] } };
    const nodes = wider.nodes.map((node, i) =>
      i === 0 ? { ...node, ints: { strides: [2, 2], pads: [2, 2, 2, 2] } } : node,
    );
    const found = await plan(named('', { ...wider, nodes }));
    expect(found).toMatchObject({ architecture: null, candidates: [] });
    expect(values(found)).toEqual(RIGHT);
    expect(found.record.stages).toMatchObject([{ evidence: 'catalogue' }, {}]);
  });

  it('names the candidates when weights leave several open', async () => {
    const twin = { ...ENTRY, id: 'small_cnn_twin' };
    const found = await plan(named(), { catalogue: catalogueOf(ENTRY, twin) });
    expect(found).toMatchObject({
      architecture: null,
      candidates: ['small_cnn', 'small_cnn_twin'],
    });
    expect(values(found)).toEqual(RIGHT);
  });

  it('leaves a field open on which candidates disagree', async () => {
    const twin: ArchitectureEntry = {
      ...ENTRY,
      id: 'twin',
      unpooled: [field('block>', [8, 16, 16], 2, 'activate')],
    };
    const { record } = await plan(named(), { catalogue: catalogueOf(ENTRY, twin) });
    expect(record.unpooled).toMatchObject({ value: 'r2', evidence: 'structure' });
    expect(record.pooled).toMatchObject({ evidence: 'catalogue' });
  });

  it('does not take a network with a classifier for one without', async () => {
    const headless: ArchitectureEntry = { ...ENTRY, id: 'headless', classifiers: [], classes: 0 };
    const found = await plan(named(), { catalogue: catalogueOf(headless) });
    expect(found.architecture).toBeNull();
  });

  it('follows the name that the caller gives', async () => {
    const catalogue = catalogueOf({ ...ENTRY, signature: '0:0', shapeSignature: '0:0' });
    const found = await plan(named(), { catalogue, architecture: 'small_cnn' });
    expect(found.architecture).toBe('small_cnn');
    expect(values(found)).toEqual(RIGHT);
  });

  it.each([
    ['small_cnn', 'small_cnn'],
    ['of_a_newer_timm', null],
  ])('follows the name that the file states where it is known: %s', async (stated, expected) => {
    const catalogue = catalogueOf({ ...ENTRY, signature: '0:0', shapeSignature: '0:0' });
    const entry = messageField(MODEL.metadataProps, [
      stringField(ENTRY_FIELDS.key, 'featuretap.architecture'),
      stringField(ENTRY_FIELDS.value, stated),
    ]);
    const found = await plan({ ...named(), metadata: [entry] }, { catalogue });
    expect(found.architecture).toBe(expected);
    expect(values(found)).toEqual(RIGHT);
  });

  it('does not take a name on trust that a file without names cannot confirm', async () => {
    const elsewhere: ArchitectureEntry = {
      ...ENTRY,
      id: 'elsewhere',
      stages: [field('layer1>', [64, 8, 8], 9, 'add')],
      unpooled: [field('layer1>', [64, 8, 8], 9, 'add')],
      pooled: field('>head', [64], 9, 'pool'),
      signature: '0:0',
      shapeSignature: '0:0',
    };
    const options = { architecture: 'elsewhere' };
    const alone = await plan(SMALL_CNN, { ...options, catalogue: catalogueOf(elsewhere) });
    expect(alone.architecture).toBeNull();
    expect(alone.record.pooled).toMatchObject({ value: 'flat', evidence: 'structure' });
    const known = await plan(SMALL_CNN, { ...options, catalogue: catalogueOf(elsewhere, ENTRY) });
    expect(known.architecture).toBe('small_cnn');
  });

  it.each([
    ['a name that the catalogue lacks', 'nothing', ENTRY, 'UNKNOWN_NAME'],
    [
      'an architecture that the file is not',
      'other',
      {
        ...ENTRY,
        id: 'other',
        stages: [field('layer1>', [64, 8, 8], 9, 'add')],
        unpooled: [field('layer1>', [64, 8, 8], 9, 'add')],
        pooled: field('>head', [64], 9, 'pool'),
      },
      'ARCHITECTURE_MISMATCH',
    ],
  ])('refuses %s', async (_name, architecture, entry, code) => {
    const error: unknown = await plan(named(), {
      catalogue: catalogueOf(entry),
      architecture,
    }).catch((reason: unknown) => reason);
    expect(isFeaturetapError(error) && error.code).toBe(code);
  });
});

describe('a deeper relative of a network whose every block is a stage', () => {
  const block = (i: number): ModelSpec['nodes'] => {
    const from = i === 0 ? 'r0' : `b${i - 1}`;
    const name = `/blocks/blocks.${i}`;
    return [
      {
        op: 'Conv',
        inputs: [from, `k${i}`],
        output: `k${i}_out`,
        name: `${name}/conv/Conv`,
        ints: { pads: [1, 1, 1, 1] },
      },
      { op: 'Add', inputs: [`k${i}_out`, from], output: `b${i}`, name: `${name}/Add` },
    ];
  };
  const counts = [0, 1, 2, 3];
  const spec: ModelSpec = {
    nodes: [
      { ...SMALL_CNN.nodes[0]!, name: '/stem/conv/Conv' },
      { ...SMALL_CNN.nodes[1]!, name: '/stem/act/Relu' },
      ...counts.flatMap(block),
      { op: 'GlobalAveragePool', inputs: ['b3'], output: 'gap', name: '/pool/GlobalAveragePool' },
      {
        op: 'Flatten',
        inputs: ['gap'],
        output: 'flat',
        name: '/flatten/Flatten',
        int: { axis: 1 },
      },
      {
        op: 'Gemm',
        inputs: ['flat', 'fc'],
        output: 'logits',
        name: '/fc/Gemm',
        int: { transB: 1 },
      },
    ],
    weights: {
      w0: [8, 3, 3, 3],
      fc: [10, 8],
      ...Object.fromEntries(counts.map((i) => [`k${i}`, [8, 8, 3, 3]])),
    },
    output: { name: 'logits', shape: ['batch', 10] },
  };
  const entryOf = (depth: number): ArchitectureEntry => ({
    ...ENTRY,
    stages: counts.slice(0, depth).map((i) => field(`blocks.${i}>`, [8, 16, 16], i + 2, 'add')),
    reductions: counts.slice(0, depth).map(() => 2),
    unpooled: [field(`blocks.${depth - 1}>`, [8, 16, 16], depth + 1, 'add')],
    pooled: field('>fc', [8], depth + 1, 'pool'),
    signature: '0:0',
    shapeSignature: '0:0',
  });

  it('is not planned by the shallower recipe', async () => {
    const { record } = await plan(spec, { catalogue: catalogueOf(entryOf(2)) });
    expect(record.stages.map(({ value }) => value)).toEqual(['b0', 'b1', 'b2', 'b3']);
    expect(record.stages).toMatchObject(counts.map(() => ({ evidence: 'scopes' })));
  });

  it('is planned by the recipe of its own depth', async () => {
    const { record } = await plan(spec, { catalogue: catalogueOf(entryOf(2), entryOf(4)) });
    expect(record.stages).toMatchObject(counts.map(() => ({ evidence: 'catalogue' })));
  });
});

describe('a stage that folding erases', () => {
  const entry: ArchitectureEntry = {
    ...ENTRY,
    stages: [{ ...field('stem.conv>', [8, 16, 16], 1, 'product'), foldable: true }],
    reductions: [2],
  };
  const catalogue = catalogueOf(entry);

  it('is absent with the reason when its BatchNorm is gone, and the other fields stay', async () => {
    const { record } = await plan(named(), { catalogue });
    expect(record.stages).toMatchObject([{ value: null }]);
    expect(record.stages[0]).toHaveProperty('reason', expect.stringContaining('BatchNorm'));
    expect(record.unpooled).toMatchObject({ value: 'r2' });
  });

  it('is found when the BatchNorm is there', async () => {
    const [conv, relu, ...rest] = SMALL_CNN.nodes;
    const names = ['scale', 'bias', 'mean', 'var'];
    const spec: ModelSpec = {
      ...SMALL_CNN,
      nodes: [
        { ...conv!, name: '/stem/conv/Conv' },
        {
          op: 'BatchNormalization',
          inputs: ['c0', ...names],
          output: 'n0',
          name: '/stem/bn/BatchNormalization',
        },
        { ...relu!, inputs: ['n0'], name: '/stem/act/Relu' },
        ...rest.map((node, i) => ({ ...node, name: `/${PATHS[i + 2] ?? 'more'}/${node.op}` })),
      ],
      weights: {
        ...SMALL_CNN.weights,
        ...Object.fromEntries(names.map((name) => [name, [8]])),
      },
    };
    const { record } = await plan(spec, { catalogue });
    expect(record.stages).toMatchObject([{ value: 'c0', evidence: 'catalogue' }]);
  });
});
