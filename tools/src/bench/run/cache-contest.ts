import { atMost } from '../bar.js';
import type { Contest } from './contest.js';
import {
  cached,
  compare,
  entry,
  extractor,
  floor,
  PLAIN,
  plainSessions,
  tensor,
  type Setting,
} from './setting.js';
import type { Work } from './protocol.js';

/** Workers of an extractor, and sessions that they are compared with. */
const WORKERS = 2;

/** Two workers that share compiled weights against two that hold their own, and against two sessions. */
export function cacheContest(setting: Setting): Contest {
  const { model, input, shape, isQuick } = setting;
  // Batches of one: what is compared is how weights are held, not what a larger batch needs besides.
  const count = isQuick ? 8 : model.photos;
  const work: Work = { kind: 'tensors', file: input, shape, count, batch: 1 };
  const workers = { workers: WORKERS, threads: 1 };
  // Large outputs would be most of what is left behind by a stream, in both rows.
  const pooled = ['pooled'];
  return {
    id: 'cache',
    title: 'Two workers, compiled cache against plain, pooled, one thread each, batch 1',
    fresh: true,
    contestants: [
      entry(
        'sessions',
        'two sessions, each runs the image',
        plainSessions(setting, WORKERS),
        tensor(setting, 1),
      ),
      entry(
        'plain',
        'two workers, plain',
        extractor(setting, { ...workers, ...PLAIN }, pooled),
        work,
      ),
      entry(
        'cached',
        'two workers, compiled cache (warm entry)',
        extractor(setting, { ...workers, ...cached(setting) }, pooled),
        work,
      ),
      floor(setting, { ...workers, ...PLAIN }),
    ],
    comparisons: [
      compare(
        'cached workers over two sessions, private memory',
        'memory',
        ['cached', 'sessions'],
        atMost(0.2),
      ),
      compare(
        'cached workers over two sessions, load',
        'load',
        ['cached', 'sessions'],
        atMost(0.3),
      ),
      compare(
        'cached over plain workers, private memory',
        'memory',
        ['cached', 'plain'],
        atMost(0.2),
      ),
      compare('cached over plain workers, private memory when ready', 'ready', ['cached', 'plain']),
      compare('cached over plain workers, load', 'load', ['cached', 'plain'], atMost(0.3)),
      compare('cached over plain workers, time', 'time', ['cached', 'plain'], atMost(1.05)),
    ],
  };
}
