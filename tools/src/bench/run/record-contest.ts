import type { Comparison, Contest } from './contest.js';
import {
  cached,
  compare,
  entry,
  extractor,
  few,
  floor,
  PLAIN,
  RECORD_MEMORY_BAR,
  RECORD_TIME_BAR,
  tapped,
  tensor,
  twoNetworks,
  type Setting,
  type Threads,
} from './setting.js';

/** The three ways to the same two fields that have a bar, from the least to the most that is returned. */
const RUNS = [
  ['few', 'a file of pooled and logits'],
  ['two-fields', 'a file of all fields, pooled and logits fetched'],
  ['all', 'a file of all fields, all fetched'],
] as const;

function promises(): Comparison[] {
  return [
    ...RUNS.map(([id, what]) =>
      compare(`two networks over \`run\` of ${what}, time`, 'time', ['two', id], RECORD_TIME_BAR),
    ),
    ...RUNS.map(([id, what]) =>
      compare(
        `\`run\` of ${what} over two networks, private memory`,
        'memory',
        [id, 'two'],
        RECORD_MEMORY_BAR,
      ),
    ),
  ];
}

/** One record run against the whole network and the headless one, one after the other. */
export function recordContest(setting: Setting, threads: Threads): Contest {
  const { count, options } = threads;
  const { model } = setting;
  const work = tensor(setting, 1);
  const byDefault = { ...options, ...cached(setting) };
  const wanted = ['pooled', 'logits'];
  return {
    id: `record, ${threads.id}`,
    title: `One record run against two networks, ${threads.title}, batch 1`,
    fresh: true,
    contestants: [
      entry('two', 'two sessions: logits, then pooled', twoNetworks(setting, count), work),
      entry('one-few', 'one session, pooled and logits', few(setting, count), work),
      entry('one-all', 'one session, all fields', tapped(setting, count), work),
      entry(
        'few',
        '`run`, a file of pooled and logits',
        extractor(setting, byDefault, null, model.few),
        work,
      ),
      entry(
        'two-fields',
        '`run`, pooled and logits of all fields',
        extractor(setting, byDefault, wanted),
        work,
      ),
      entry('all', '`run`, all fields', extractor(setting, byDefault), work),
      entry(
        'plain',
        '`run`, all fields, `compiledCache: false`',
        extractor(setting, { ...options, ...PLAIN }),
        work,
      ),
      entry(
        'process',
        "`run`, all fields, `isolation: 'process'`",
        extractor(setting, { ...byDefault, isolation: 'process' }),
        work,
      ),
      floor(setting, { ...options, ...PLAIN }),
    ],
    comparisons: [
      ...promises(),
      compare('two networks over one session, pooled and logits, time', 'time', ['two', 'one-few']),
      compare('two networks over one session, all fields, time', 'time', ['two', 'one-all']),
      compare("two networks over `run`, all fields, `isolation: 'process'`, time", 'time', [
        'two',
        'process',
      ]),
      compare('one session, all fields, over two networks, private memory', 'memory', [
        'one-all',
        'two',
      ]),
      compare(
        '`run`, all fields, `compiledCache: false`, over two networks, private memory',
        'memory',
        ['plain', 'two'],
      ),
      compare(
        "`run`, all fields, `isolation: 'process'`, over two networks, private memory",
        'memory',
        ['process', 'two'],
      ),
      compare('`run` over two networks, load', 'load', ['all', 'two']),
      compare('`run`, `compiledCache: false`, over two networks, load', 'load', ['plain', 'two']),
    ],
  };
}
