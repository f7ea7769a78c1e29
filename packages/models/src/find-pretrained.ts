import { FeaturetapError, type PreprocessSpec } from '@featuretap/core/spec';
import {
  ARCHITECTURES,
  LICENCES,
  PREPROCESS,
  STATISTICS,
  TIMM_VERSION,
} from './generated/pretrained.js';
import type { PretrainedTag } from './generated/pretrained-tag.js';
import type { PretrainedEntry } from './pretrained-entry.js';
import type { PretrainedRow } from './pretrained-rows.js';
import { suggestNames } from './suggest-names.js';

/** Longest list of names in a message. */
const MAX_NAMES = 10;

/** Longest part of a wrong name that a message repeats. */
const MAX_QUOTED = 80;

/**
 * Looks up pretrained weights of timm by name.
 *
 * ```ts
 * const { preprocess, numClasses } = findPretrained('resnet50.a1_in1k');
 * ```
 *
 * @param name - `architecture.tag`, or `architecture` alone for timm's default tag.
 * @returns a new entry each time, so the caller may change it.
 * @throws FeaturetapError `UNKNOWN_NAME` when timm lists no such weights; the message suggests
 *   names that are near.
 */
export function findPretrained(
  name: PretrainedTag | (string & Record<never, never>),
): PretrainedEntry {
  const dot = name.indexOf('.');
  const architecture = dot === -1 ? name : name.slice(0, dot);
  // hasOwn: `constructor` is a name like any other.
  const rows = Object.hasOwn(ARCHITECTURES, architecture) ? ARCHITECTURES[architecture] : undefined;
  const row = dot === -1 ? rows?.[0] : rows?.find(([tag]) => tag === name.slice(dot + 1));
  if (row === undefined) throw unknownName(name, architecture, rows);
  return toEntry(architecture, row);
}

function toEntry(architecture: string, row: PretrainedRow): PretrainedEntry {
  const [tag, preprocess, licence, classes = 1000, hub = `timm/${architecture}.${tag}`] = row;
  return {
    // The generator writes the names of PretrainedTag from these very rows.
    name: `${architecture}.${tag}` as PretrainedTag,
    architecture,
    tag,
    preprocess: toSpec(at(PREPROCESS, preprocess)),
    numClasses: classes,
    licence: at(LICENCES, licence),
    hfHubId: hub,
  };
}

function toSpec(row: (typeof PREPROCESS)[number]): PreprocessSpec {
  const [height, width, interpolation, cropPct, cropMode, statistics] = row;
  const [mean, std] = at(STATISTICS, statistics);
  return {
    inputSize: [3, height, width],
    interpolation,
    cropPct,
    cropMode,
    mean: [...mean],
    std: [...std],
  };
}

function at<T>(table: readonly T[], index: number): T {
  // The generator writes tables and indices together; a test reads every row.
  return table[index] as T;
}

function unknownName(
  name: string,
  architecture: string,
  rows: readonly PretrainedRow[] | undefined,
): FeaturetapError {
  const quoted = name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}…` : name;
  const start = `expected a pretrained name of timm ${TIMM_VERSION}, got '${quoted}'`;
  if (rows !== undefined) {
    const tags = rows.map(([tag]) => `${architecture}.${tag}`);
    const near = suggestNames(name, tags, tags.length);
    const ordered = [...near, ...tags.filter((tag) => !near.includes(tag))];
    const rest = ordered.length > MAX_NAMES ? ` and ${ordered.length - MAX_NAMES} more` : '';
    const list = ordered.slice(0, MAX_NAMES).join(', ') + rest;
    return new FeaturetapError('UNKNOWN_NAME', `${start}; ${architecture} has ${list}.`);
  }
  const near = suggestNames(architecture, Object.keys(ARCHITECTURES), 3);
  const advice =
    near.length > 0
      ? `did you mean ${near.join(', ')}?`
      : 'the names are those of timm.list_pretrained(), such as resnet50.a1_in1k.';
  return new FeaturetapError('UNKNOWN_NAME', `${start}; ${advice}`);
}
