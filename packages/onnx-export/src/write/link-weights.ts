import { MAX_LINKED_TENSORS, MIN_LINKED_BYTES } from '../limits.js';
import { concatBytes, messageField, stringField, varintField } from '../proto/encode.js';
import { ENTRY, TENSOR } from '../proto/fields.js';
import type { FieldRange, Model } from '../proto/model.js';
import type { Splice } from './splice.js';
import { tensorSites, type TensorSite } from './tensor-sites.js';

/** `TensorProto.DataLocation.EXTERNAL` */
const EXTERNAL = 1;

/** Payload fields whose bytes in the file are those that `external_data` wants: little-endian. */
const RAW_FIELDS: ReadonlySet<number> = new Set([
  TENSOR.rawData,
  TENSOR.floatData,
  TENSOR.doubleData,
]);

function entry(key: string, value: string): Uint8Array {
  return messageField(TENSOR.externalData, [
    stringField(ENTRY.key, key),
    stringField(ENTRY.value, value),
  ]);
}

const IS_EXTERNAL = varintField(TENSOR.dataLocation, EXTERNAL);

function payloadBytes({ payload }: TensorSite): number {
  return payload.reduce((sum, { at }) => sum + at.end - at.valueStart, 0);
}

function isLinkable({ payload, external }: TensorSite): boolean {
  const [only, second] = payload;
  return (
    only !== undefined &&
    second === undefined &&
    external.length === 0 &&
    RAW_FIELDS.has(only.field) &&
    only.at.end - only.at.valueStart >= MIN_LINKED_BYTES
  );
}

function nothing({ start, end }: FieldRange, { inside }: TensorSite): Splice {
  return { start, end, bytes: new Uint8Array(0), inside };
}

function link(site: TensorSite, location: Uint8Array): Splice[] {
  const { start, valueStart, end } = site.payload[0]!.at;
  const bytes = concatBytes([
    location,
    entry('offset', String(valueStart)),
    entry('length', String(end - valueStart)),
    IS_EXTERNAL,
  ]);
  const old = site.dataLocation.map((at) => nothing(at, site));
  return [{ start, end, bytes, inside: site.inside }, ...old];
}

/**
 * Refers to the weights of a model in the model's own file, in place of holding them.
 *
 * `external_data` may name a range of any file (ONNX, IR.md, "External Tensor Data"), so also of an
 * ONNX file. Payloads that are not stored as plain little-endian bytes stay inside.
 *
 * @param location - the original file, relative to the folder of the file to write.
 * @param except - fields of the graph that are left out.
 * @returns what to change; nothing when all weights are in other files already.
 * @throws FeaturetapError `MODEL_TRUNCATED`, `MODEL_MALFORMED` or `MODEL_LIMIT`
 */
export async function linkWeights(
  model: Model,
  location: string,
  except: ReadonlySet<FieldRange> = new Set(),
): Promise<Splice[]> {
  const sites: TensorSite[] = [];
  const isLarge = ({ at }: { at: FieldRange }): boolean =>
    at.end - at.start >= MIN_LINKED_BYTES && !except.has(at);
  for await (const site of tensorSites(model, { initializers: isLarge, nodes: isLarge })) {
    if (isLinkable(site)) sites.push(site);
  }
  const largest =
    sites.length > MAX_LINKED_TENSORS
      ? sites.sort((a, b) => payloadBytes(b) - payloadBytes(a)).slice(0, MAX_LINKED_TENSORS)
      : sites;
  const entryOfAll = entry('location', location);
  return largest.flatMap((site) => link(site, entryOfAll));
}
