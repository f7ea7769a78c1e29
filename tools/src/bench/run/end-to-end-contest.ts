import { atLeast } from '../bar.js';
import type { Contest, Contestant } from './contest.js';
import { PHOTOS, repeatPhotos } from './photos.js';
import type { Work } from './protocol.js';
import { cached, compare, entry, extractor, type Setting } from './setting.js';

/** Images of a batch in streams, and the larger of the peer's. */
const STREAM_BATCH = 4;

/** Ours end to end, three ways. */
const WAYS = [
  { id: 'ours', label: 'pooled', fields: ['pooled'], options: {} },
  { id: 'ours-all', label: 'all fields', fields: null, options: {} },
  { id: 'ours-fast', label: 'pooled, fast', fields: ['pooled'], options: { resample: 'fast' } },
] as const;

function streams(setting: Setting, files: readonly string[]): Contestant[] {
  const work: Work = { kind: 'images', files, batch: STREAM_BATCH };
  return WAYS.map(({ id, label, fields, options }) =>
    entry(
      id,
      `\`stream\`, ${label}`,
      extractor(setting, { ...options, ...cached(setting) }, fields),
      work,
    ),
  );
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
export function endToEndContest(setting: Setting, kind: 'photos' | 'large photos'): Contest {
  const { model, largePhotos, isQuick } = setting;
  const large = kind === 'large photos';
  const many = large ? model.largePhotos : model.photos;
  const files = repeatPhotos(large ? largePhotos : PHOTOS, isQuick ? 6 : many);
  const others = peers(setting, files);
  return {
    id: kind,
    title: `End to end, ${large ? '12-megapixel JPEGs' : 'small photos'}`,
    fresh: false,
    contestants: [...streams(setting, files), ...others],
    comparisons: others.flatMap((other) => [
      ...WAYS.map(({ id, label }) =>
        compare(`${other.label} over ours (${label}), time`, 'time', [other.id, id], atLeast(1)),
      ),
      compare(`${other.label} over ours (pooled), processor time`, 'cpu', [other.id, 'ours']),
    ]),
  };
}
