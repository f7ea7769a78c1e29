import type { Contest } from './contest.js';
import {
  compare,
  entry,
  few,
  TAPPED_BAR,
  tapped,
  tensor,
  untapped,
  type Setting,
  type Threads,
} from './setting.js';

/** What extra outputs cost, with the untapped model against itself. */
export function tapsContest(setting: Setting, threads: Threads, batch: number): Contest {
  const { count } = threads;
  const { reduced } = setting.model;
  const work = tensor(setting, batch);
  return {
    id: `taps, ${threads.id}, batch ${batch}`,
    title: `All fields against logits alone, ${threads.title}, batch ${batch}`,
    fresh: false,
    contestants: [
      entry('untapped', 'untapped, logits', untapped(setting, count), work),
      entry('untapped-again', 'the same again (A/A)', untapped(setting, count), work),
      entry('tapped', 'tapped, all fields', tapped(setting, count), work),
      entry('reduced', '`--reduce avg`, all fields', tapped(setting, count, reduced), work),
      entry('few', '`--fields pooled,logits`', few(setting, count), work),
    ],
    comparisons: [
      compare('untapped over itself, time (A/A)', 'time', ['untapped', 'untapped-again']),
      compare('tapped over untapped, time', 'time', ['tapped', 'untapped'], TAPPED_BAR),
      compare('tapped over untapped, processor time', 'cpu', ['tapped', 'untapped']),
      compare('`--reduce avg` over untapped, time', 'time', ['reduced', 'untapped']),
      compare('`--fields pooled,logits` over untapped, time', 'time', ['few', 'untapped']),
    ],
  };
}
