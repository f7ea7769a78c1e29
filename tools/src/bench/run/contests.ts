import { join } from 'node:path';
import type { Bar, Comparison, Contest, Contestant, Figure } from './contest.js';
import type { ReadyModel } from './models.js';
import { TINY_MODEL } from './paths.js';
import { PHOTOS, repeatPhotos } from './photos.js';
import type { ContestantSpec, ExtractorSpec, RawSpec, Work } from './protocol.js';

/** What contests of a model need. */
export interface Setting {
  /** The model. */
  readonly model: ReadyModel;
  /** Threads of a single session: the cores of this machine. */
  readonly threads: number;
  /** File of ready input rows. */
  readonly input: string;
  /** Shape of a row. */
  readonly shape: readonly number[];
  /** File of ready input rows for the smallest network. */
  readonly tinyInput: string;
  /** 12-megapixel photos. */
  readonly largePhotos: readonly string[];
  /** Folder of compiled models. */
  readonly cache: string;
  /** The peer, when it is there. */
  readonly peer: { readonly module: string; readonly models: string } | null;
  /** Whether PyTorch and timm are there. */
  readonly hasTorch: boolean;
  /** Least that is worth running: photos and batches are cut down. */
  readonly isQuick: boolean;
}

const atMost = (value: number): Bar => ({ kind: 'at most', value });
const atLeast = (value: number): Bar => ({ kind: 'at least', value });

type Pair = readonly [over: string, under: string];

const compare = (label: string, figure: Figure, [over, under]: Pair, bar?: Bar): Comparison => ({
  label,
  figure,
  over,
  under,
  ...(bar === undefined ? {} : { bar }),
});

function raw({ threads }: Setting, sessions: RawSpec['sessions']): RawSpec {
  return { kind: 'raw', threads, sessions };
}

function untapped(setting: Setting): RawSpec {
  const { original, manifest, outputs } = setting.model;
  const { logits = '' } = outputs;
  return raw(setting, [{ file: original, input: manifest.input.name, outputs: { logits } }]);
}

function tapped(setting: Setting): RawSpec {
  const { tapped: file, manifest, outputs } = setting.model;
  return raw(setting, [{ file, input: manifest.input.name, outputs }]);
}

/** The users' starting point: the whole network, and the same again without its head. */
function twoSessions(setting: Setting): RawSpec {
  const { headless, headlessOutput, manifest } = setting.model;
  const second = {
    file: headless,
    input: manifest.input.name,
    outputs: { pooled: headlessOutput },
  };
  return raw(setting, [...untapped(setting).sessions, second]);
}

function extractor(
  { model }: Setting,
  options: Readonly<Record<string, unknown>>,
  fields: readonly string[] | null = null,
): ExtractorSpec {
  return { kind: 'extractor', file: model.tapped, options, fields };
}

const PLAIN = { compiledCache: false } as const;

/** Shape of an image of the smallest network. */
export const TINY_SHAPE: readonly number[] = [3, 16, 16];

/** What the way itself holds, whatever the network: an extractor of a network of 4 kB. */
function floor({ tinyInput }: Setting, options: Readonly<Record<string, unknown>>): Contestant {
  const spec = { kind: 'extractor', file: TINY_MODEL, options, fields: null } as const;
  const work = { kind: 'tensor', file: tinyInput, shape: TINY_SHAPE, batch: 1 } as const;
  return entry('floor', 'the same of a network of 4 kB', spec, work);
}

const tensor = ({ input, shape }: Setting, batch: number): Work => ({
  kind: 'tensor',
  file: input,
  shape,
  batch,
});

function entry(id: string, label: string, spec: ContestantSpec, work: Work): Contestant {
  return { id, label, spec, work };
}

/** What extra outputs cost, with the untapped model against itself. */
function tapsContest(setting: Setting, batch: number): Contest {
  const work = tensor(setting, batch);
  return {
    id: `taps, batch ${batch}`,
    title: `All fields against logits alone, batch ${batch}`,
    fresh: false,
    contestants: [
      entry('untapped', 'untapped, logits', untapped(setting), work),
      entry('untapped-again', 'the same again (A/A)', untapped(setting), work),
      entry('tapped', 'tapped, all fields', tapped(setting), work),
    ],
    comparisons: [
      compare('untapped over itself, time (A/A)', 'time', ['untapped', 'untapped-again']),
      compare('tapped over untapped, time', 'time', ['tapped', 'untapped'], atMost(1.05)),
      compare('tapped over untapped, processor time', 'cpu', ['tapped', 'untapped']),
    ],
  };
}

/** One record run against the whole network and the headless one, one after the other. */
function recordContest(setting: Setting): Contest {
  const work = tensor(setting, 1);
  const byDefault = { compiledCache: { folder: setting.cache } };
  const run = extractor(setting, byDefault);
  const some = extractor(setting, byDefault, ['pooled', 'logits']);
  const plain = extractor(setting, PLAIN);
  const apart = extractor(setting, { ...byDefault, isolation: 'process' });
  const under = (over: string): Pair => [over, 'two'];
  return {
    id: 'record',
    title: 'One record run against two networks, batch 1',
    fresh: true,
    contestants: [
      entry('two', 'two sessions: logits, then pooled', twoSessions(setting), work),
      entry('one', 'one session of the tapped file, all fields', tapped(setting), work),
      entry('ours', '`run`, all fields', run, work),
      entry('ours-two', '`run`, pooled and logits', some, work),
      entry('ours-plain', '`run`, all fields, `compiledCache: false`', plain, work),
      entry('ours-process', "`run`, all fields, `isolation: 'process'`", apart, work),
      floor(setting, PLAIN),
    ],
    comparisons: [
      compare('two sessions over one, time', 'time', ['two', 'one'], atLeast(1.9)),
      compare('two sessions over `run`, time', 'time', ['two', 'ours'], atLeast(1.9)),
      compare('the same, pooled and logits, time', 'time', ['two', 'ours-two'], atLeast(1.9)),
      compare("the same, `isolation: 'process'`, time", 'time', ['two', 'ours-process']),
      compare('one session over two, private memory', 'memory', under('one'), atMost(0.55)),
      compare('`run` over two sessions, private memory', 'memory', under('ours'), atMost(0.55)),
      compare(
        'the same, pooled and logits, private memory',
        'memory',
        under('ours-two'),
        atMost(0.55),
      ),
      compare(
        'the same, `compiledCache: false`, private memory',
        'memory',
        under('ours-plain'),
        atMost(0.55),
      ),
      compare(
        "the same, `isolation: 'process'`, private memory",
        'memory',
        under('ours-process'),
        atMost(0.55),
      ),
      compare('`run` over two sessions, load', 'load', under('ours')),
      compare('the same, `compiledCache: false`, load', 'load', under('ours-plain')),
    ],
  };
}

/** Two workers that share compiled weights against two that hold their own. */
function cacheContest(setting: Setting): Contest {
  const { model, input, shape, cache, isQuick } = setting;
  // Batches of one: what is compared is how weights are held, not what a larger batch needs besides.
  const count = isQuick ? 8 : model.photos;
  const work: Work = { kind: 'tensors', file: input, shape, count, batch: 1 };
  const workers = { workers: 2, threads: 1 };
  // Large outputs would be most of what is left behind by a stream, in both rows.
  const pooled = ['pooled'];
  const cached = extractor(setting, { ...workers, compiledCache: { folder: cache } }, pooled);
  const plain = extractor(setting, { ...workers, compiledCache: false }, pooled);
  const pair: Pair = ['cached', 'plain'];
  return {
    id: 'cache',
    title: 'Two workers, compiled cache against plain, pooled, batch 1',
    fresh: true,
    contestants: [
      entry('plain', 'two workers, plain', plain, work),
      entry('cached', 'two workers, compiled cache (warm entry)', cached, work),
      floor(setting, { ...workers, compiledCache: false }),
    ],
    comparisons: [
      compare('cached over plain, private memory when ready', 'ready', pair),
      compare('cached over plain, private memory', 'memory', pair, atMost(0.2)),
      compare('cached over plain, load to ready', 'load', pair, atMost(0.3)),
      compare('cached over plain, time', 'time', pair, atMost(1.05)),
    ],
  };
}

/** Images of a batch in streams, and the larger of the peer's. */
const STREAM_BATCH = 4;

/** Ours end to end, three ways. */
function streams(setting: Setting, files: readonly string[]): Contestant[] {
  const work: Work = { kind: 'images', files, batch: STREAM_BATCH };
  const options = { profile: 'throughput', compiledCache: { folder: setting.cache } };
  const pooled = ['pooled'];
  const fast = { ...options, resample: 'fast' };
  return [
    entry('ours', '`stream`, pooled', extractor(setting, options, pooled), work),
    entry('ours-all', '`stream`, all fields', extractor(setting, options), work),
    entry(
      'ours-fast',
      "`stream`, pooled, `resample: 'fast'`",
      extractor(setting, fast, pooled),
      work,
    ),
  ];
}

function peers({ peer, model }: Setting, files: readonly string[]): Contestant[] {
  if (peer === null) return [];
  const { name } = model.manifest.input;
  const spec = { kind: 'peer', ...peer, name: model.id, input: name } as const;
  return [1, STREAM_BATCH].map((batch) =>
    entry(`peer-${batch}`, `transformers.js pipeline, batch ${batch}`, spec, {
      kind: 'images',
      files,
      batch,
    }),
  );
}

/** Decode, preprocess and run, from image files. */
function endToEndContest(setting: Setting, kind: 'photos' | 'large photos'): Contest {
  const { model, largePhotos, isQuick } = setting;
  const large = kind === 'large photos';
  const many = large ? model.largePhotos : model.photos;
  const files = repeatPhotos(large ? largePhotos : PHOTOS, isQuick ? 6 : many);
  const others = peers(setting, files);
  const ways = ['ours', 'ours-all', 'ours-fast'] as const;
  const names = { ours: 'pooled', 'ours-all': 'all fields', 'ours-fast': 'pooled, fast' };
  return {
    id: kind,
    title: `End to end, ${large ? '12-megapixel JPEGs' : 'small photos'}`,
    fresh: false,
    contestants: [...streams(setting, files), ...others],
    comparisons: others.flatMap(({ id, label }) =>
      ways.flatMap((way) => [
        compare(`${label} over ours (${names[way]}), time`, 'time', [id, way], atLeast(1)),
        ...(way === 'ours'
          ? [compare(`${label} over ours (${names[way]}), processor time`, 'cpu', [id, way])]
          : []),
      ]),
    ),
  };
}

/** timm in PyTorch eager mode, with one thread and with all, against a run of the same record. */
function torchContest(setting: Setting): Contest {
  const { model, threads } = setting;
  const work = tensor(setting, 1);
  const counts = [...new Set([1, threads])];
  const torch = counts.map((count) => {
    const spec = { kind: 'torch', name: model.architecture, threads: count } as const;
    return entry(`torch-${count}`, `timm, PyTorch eager, threads: ${count}`, spec, work);
  });
  return {
    id: 'torch',
    title: 'timm in PyTorch eager mode, the same record from a ready tensor, batch 1',
    fresh: false,
    contestants: [...torch, entry('ours', '`run`, all fields', extractor(setting, PLAIN), work)],
    comparisons: torch.flatMap(({ id, label }) => [
      compare(`${label}, over \`run\`, time`, 'time', [id, 'ours']),
      compare(`${label}, over \`run\`, processor time`, 'cpu', [id, 'ours']),
    ]),
  };
}

/** All contests of a model. */
export function contestsOf(setting: Setting): Contest[] {
  return [
    tapsContest(setting, 1),
    ...(setting.isQuick ? [] : [tapsContest(setting, 4)]),
    recordContest(setting),
    cacheContest(setting),
    endToEndContest(setting, 'photos'),
    ...(setting.isQuick ? [] : [endToEndContest(setting, 'large photos')]),
    ...(setting.hasTorch ? [torchContest(setting)] : []),
  ];
}

/** Contestants whose results are compared before anything is timed; by what they are. */
export interface CheckedSpecs {
  /** The untapped model. */
  readonly untapped: ContestantSpec;
  /** The tapped one. */
  readonly tapped: ContestantSpec;
  /** Both networks of the users' way. */
  readonly two: ContestantSpec;
  /** The extractor. */
  readonly ours: ContestantSpec;
  /** The extractor with the compiled cache; it fills the cache. */
  readonly cached: ContestantSpec;
  /** The extractor from images. */
  readonly images: ContestantSpec;
}

/** What is checked of a model. */
export function checkedSpecs(setting: Setting): CheckedSpecs {
  const cached = { workers: 2, threads: 1, compiledCache: { folder: setting.cache } };
  return {
    untapped: untapped(setting),
    tapped: tapped(setting),
    two: twoSessions(setting),
    ours: extractor(setting, PLAIN),
    cached: extractor(setting, cached),
    images: extractor(setting, { profile: 'throughput', ...PLAIN }),
  };
}

/** Folder of compiled models below a workbench. */
export const cacheFolder = (folder: string): string => join(folder, 'cache');
