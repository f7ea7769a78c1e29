import { cacheContest } from './cache-contest.js';
import type { Contest } from './contest.js';
import { endToEndContest } from './end-to-end-contest.js';
import type { ContestantSpec } from './protocol.js';
import { recordContest } from './record-contest.js';
import {
  allCores,
  cached,
  extractor,
  ONE_THREAD,
  PLAIN,
  tapped,
  twoNetworks,
  untapped,
  type Setting,
} from './setting.js';
import { tapsContest } from './taps-contest.js';
import { torchContest } from './torch-contest.js';

/** All contests of a model. */
export function contestsOf(setting: Setting): Contest[] {
  const { isQuick, hasTorch, cores } = setting;
  const layouts = isQuick || cores === 1 ? [ONE_THREAD] : [ONE_THREAD, allCores(setting)];
  return [
    ...layouts.map((threads) => tapsContest(setting, threads, 1)),
    ...(isQuick ? [] : [tapsContest(setting, ONE_THREAD, 4)]),
    ...layouts.map((threads) => recordContest(setting, threads)),
    cacheContest(setting),
    endToEndContest(setting, 'photos'),
    ...(isQuick ? [] : [endToEndContest(setting, 'large photos')]),
    ...(hasTorch ? [torchContest(setting)] : []),
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
  /** The same of the file of pooled and logits. */
  readonly few: ContestantSpec;
  /** The extractor from images. */
  readonly images: ContestantSpec;
}

/** What is checked of a model. */
export function checkedSpecs(setting: Setting): CheckedSpecs {
  const workers = { workers: 2, threads: 1 };
  return {
    untapped: untapped(setting),
    tapped: tapped(setting),
    two: twoNetworks(setting),
    ours: extractor(setting, PLAIN),
    cached: extractor(setting, { ...workers, ...cached(setting) }),
    few: extractor(setting, cached(setting), null, setting.model.few),
    images: extractor(setting, PLAIN),
  };
}
