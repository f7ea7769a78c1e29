import type { Bar } from '../bar.js';
import type { ContestantSpec, MemoryUse, Sample, Work } from './protocol.js';

/** Something that is timed. */
export interface Contestant {
  /** Short name, unique in its contest. */
  readonly id: string;
  /** What the table calls it. */
  readonly label: string;
  /** What its process holds. */
  readonly spec: ContestantSpec;
  /** One repetition of what it does. */
  readonly work: Work;
}

/** A figure of a contestant. */
export type Figure = 'time' | 'cpu' | 'ready' | 'memory' | 'load';

/** A ratio of two contestants of one contest. */
export interface Comparison {
  /** What the table calls it. */
  readonly label: string;
  /** Which figure. */
  readonly figure: Figure;
  /** Id of the contestant above the line. */
  readonly over: string;
  /** Id of the contestant below the line. */
  readonly under: string;
  /** What is promised; absent where the row only informs. */
  readonly bar?: Bar;
}

/** Contestants that are measured in the same rounds. */
export interface Contest {
  /** Short name, unique for its model. */
  readonly id: string;
  /** Heading of its tables. */
  readonly title: string;
  /** Whose rounds they are. */
  readonly contestants: readonly Contestant[];
  /** What is compared. */
  readonly comparisons: readonly Comparison[];
  /** Whether load time and private memory are taken in fresh processes too. */
  readonly fresh: boolean;
}

/** What was seen of a contestant in one fresh process. */
export interface FreshSample {
  /** From the call to ready, milliseconds. */
  readonly loadMs: number;
  /** Private memory beyond that after all imports, when ready, bytes; null where unknown. */
  readonly readyBytes: number | null;
  /** The same after some runs. */
  readonly privateBytes: number | null;
  /** Largest resident memory of the process, bytes. */
  readonly peakBytes: number | null;
}

/** A contestant's samples. */
export interface ContestantResult {
  /** Id of the contestant. */
  readonly id: string;
  /** Its label. */
  readonly label: string;
  /** Why it did not run. */
  readonly refused?: string;
  /** One of each round. */
  readonly samples: readonly Sample[];
  /** One of each fresh process. */
  readonly fresh: readonly FreshSample[];
  /** Memory of the process that ran the rounds, at their end, and before it had loaded. */
  readonly memory?: { readonly before: MemoryUse; readonly after: MemoryUse };
  /** What the extractor said of its compiled form. */
  readonly compiled?: string | null;
}

/** What a contest gave. */
export interface ContestResult extends Pick<Contest, 'id' | 'title' | 'comparisons'> {
  /** Contestants, in the order of the contest. */
  readonly contestants: readonly ContestantResult[];
}
