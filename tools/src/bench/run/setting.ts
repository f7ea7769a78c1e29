import { join } from 'node:path';
import { atLeast, atMost, type Bar } from '../bar.js';
import type { Comparison, Contestant, Figure } from './contest.js';
import type { ReadyModel } from './models.js';
import { TINY_MODEL } from './paths.js';
import type { ContestantSpec, ExtractorSpec, RawSpec, Work } from './protocol.js';

/** What contests of a model need. */
export interface Setting {
  /** The model. */
  readonly model: ReadyModel;
  /** Cores of this machine. */
  readonly cores: number;
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

/** How many threads an operator has: the same in sessions and in extractors that are compared. */
export interface Threads {
  /** Short name, unique; part of the ids of contests. */
  readonly id: 'one' | 'all';
  /** What titles call it. */
  readonly title: string;
  /** Intra-op threads of a session. */
  readonly count: number;
  /** The same in words of the extractor, which then has one worker. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** One thread, as a worker of an extractor has by default. */
export const ONE_THREAD: Threads = {
  id: 'one',
  title: 'one thread',
  count: 1,
  options: { workers: 1, threads: 1 },
};

/** As many as there are cores, as onnxruntime has by default. */
export function allCores({ cores }: Setting): Threads {
  return { id: 'all', title: 'all cores', count: cores, options: { profile: 'latency' } };
}

/** Most that a run with all fields may take, as a part of the untapped network's time. */
export const TAPPED_BAR = atMost(1.05);
/** Least that one record run is faster than two networks, one after the other. */
export const RECORD_TIME_BAR = atLeast(1.9);
/** Most private memory of one record run, as a part of that of two networks. */
export const RECORD_MEMORY_BAR = atMost(0.55);

type Pair = readonly [over: string, under: string];

/** A row of ratios. */
export const compare = (
  label: string,
  figure: Figure,
  [over, under]: Pair,
  bar?: Bar,
): Comparison => ({ label, figure, over, under, ...(bar === undefined ? {} : { bar }) });

/** A row of figures. */
export const entry = (id: string, label: string, spec: ContestantSpec, work: Work): Contestant => ({
  id,
  label,
  spec,
  work,
});

/** One run of a ready tensor. */
export const tensor = ({ input, shape }: Setting, batch: number): Work => ({
  kind: 'tensor',
  file: input,
  shape,
  batch,
});

/** One session after another. */
const raw = (threads: number, sessions: RawSpec['sessions']): RawSpec => ({
  kind: 'raw',
  threads,
  sessions,
});

/** The original, which has logits only. */
export function untapped({ model }: Setting, threads = 1): RawSpec {
  const { original, manifest, outputs } = model;
  const { logits = '' } = outputs;
  return raw(threads, [{ file: original, input: manifest.input.name, outputs: { logits } }]);
}

/** All fields of a tapped file: of the one with whole stages, or of another with the same outputs. */
export function tapped({ model }: Setting, threads = 1, file = model.tapped): RawSpec {
  return raw(threads, [{ file, input: model.manifest.input.name, outputs: model.outputs }]);
}

/** What two networks give, from the file that has nothing else. */
export function few({ model }: Setting, threads: number): RawSpec {
  const { pooled = '', logits = '' } = model.outputs;
  const input = model.manifest.input.name;
  return raw(threads, [{ file: model.few, input, outputs: { pooled, logits } }]);
}

/** The users' starting point: the whole network, and the same again without its head. */
export function twoNetworks(setting: Setting, threads = 1): RawSpec {
  const { headless, headlessOutput, manifest } = setting.model;
  const outputs = { pooled: headlessOutput };
  const second = { file: headless, input: manifest.input.name, outputs };
  return raw(threads, [...untapped(setting).sessions, second]);
}

/** The tapped file in so many sessions of which each gives pooled. */
export function plainSessions({ model }: Setting, count: number): RawSpec {
  const { pooled = '' } = model.outputs;
  const session = { file: model.tapped, input: model.manifest.input.name, outputs: { pooled } };
  return raw(1, Array<typeof session>(count).fill(session));
}

/** An extractor of the tapped file, or of another. */
export const extractor = (
  { model }: Setting,
  options: Readonly<Record<string, unknown>>,
  fields: readonly string[] | null = null,
  file = model.tapped,
): ExtractorSpec => ({ kind: 'extractor', file, options, fields });

/** The option of an extractor that loads compiled models, from the benchmark's own folder. */
export const cached = ({ cache }: Setting): Readonly<Record<string, unknown>> => ({
  compiledCache: { folder: cache },
});

/** The option of one that loads none. */
export const PLAIN: Readonly<Record<string, unknown>> = { compiledCache: false };

/** Shape of an image of the smallest network. */
export const TINY_SHAPE: readonly number[] = [3, 16, 16];

/** What the way itself holds, whatever the network: an extractor of a network of 4 kB. */
export function floor(
  { tinyInput }: Setting,
  options: Readonly<Record<string, unknown>>,
): Contestant {
  const spec = { kind: 'extractor', file: TINY_MODEL, options, fields: null } as const;
  const work = { kind: 'tensor', file: tinyInput, shape: TINY_SHAPE, batch: 1 } as const;
  return entry('floor', 'the same of a network of 4 kB', spec, work);
}

/** Folder of compiled models below a workbench. */
export const cacheFolder = (folder: string): string => join(folder, 'cache');
