import { messageField, stringField } from '../proto/encode.js';
import { ENTRY, TENSOR } from '../proto/fields.js';
import type { FieldRange, Model } from '../proto/model.js';
import type { Splice } from './splice.js';
import { tensorSites, type TensorSiteRequest } from './tensor-sites.js';

/** Key of the `external_data` entry that names the file. */
const LOCATION_KEY = 'location';

/** A range of another file that a tensor of the model refers to; texts as the model has them. */
export interface ExternalRange {
  /** `location` */
  readonly location: string;
  /** `offset`, bytes. */
  readonly offset: string | undefined;
  /** `length`, bytes. */
  readonly length: string | undefined;
}

/** The fields of the graph that can hold tensors whose weights are in other files. */
function holdsExternal(except: ReadonlySet<FieldRange>): TensorSiteRequest {
  return {
    initializers: ({ at, external }) => external !== undefined && !except.has(at),
    nodes: ({ at, attributes, hasBodies }) =>
      !except.has(at) &&
      (hasBodies || [...attributes.values()].some(({ tensor }) => tensor?.external !== undefined)),
  };
}

/**
 * Lists the ranges of other files that a model's tensors refer to.
 *
 * @param except - fields of the graph that are left out.
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export async function externalRanges(
  model: Model,
  except: ReadonlySet<FieldRange> = new Set(),
): Promise<ExternalRange[]> {
  const ranges: ExternalRange[] = [];
  const push = (external: ReadonlyMap<string, string>): void => {
    const location = external.get(LOCATION_KEY) ?? '';
    ranges.push({ location, offset: external.get('offset'), length: external.get('length') });
  };
  // The initializers' entries have been read already.
  for (const { at, external } of model.graph.initializers) {
    if (external !== undefined && !except.has(at)) push(external);
  }
  const inNodes = { ...holdsExternal(except), initializers: () => false };
  for await (const { external } of tensorSites(model, inNodes)) {
    if (external.length > 0) push(new Map(external.map(({ key, value }) => [key, value])));
  }
  return ranges;
}

/**
 * Renames the files that a model's tensors refer to.
 *
 * @param locations - new location by old location; others stay.
 * @param except - fields of the graph that are left out.
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export async function relocateWeights(
  model: Model,
  locations: ReadonlyMap<string, string>,
  except: ReadonlySet<FieldRange> = new Set(),
): Promise<Splice[]> {
  const splices: Splice[] = [];
  for await (const { external, inside } of tensorSites(model, holdsExternal(except))) {
    for (const { key, value, at } of external) {
      const renamed = key === LOCATION_KEY ? locations.get(value) : undefined;
      if (renamed === undefined || renamed === value) continue;
      const bytes = messageField(TENSOR.externalData, [
        stringField(ENTRY.key, key),
        stringField(ENTRY.value, renamed),
      ]);
      splices.push({ start: at.start, end: at.end, bytes, inside });
    }
  }
  return splices;
}
