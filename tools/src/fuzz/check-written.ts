import { bytesSource } from '@featuretap/core/wire';
import { isFeaturetapError, type Manifest } from '@featuretap/core/spec';
import { planTaps, readManifest, readModel, tapModel, type Model } from '@featuretap/onnx-export';
import { splitFields, type RawField } from './wire-tree.js';

/** A rule that a written file breaks. */
export class BrokenRule extends Error {}

/** The one graph of a model, found without the code under test. */
function graphOf(fields: readonly RawField[]): RawField[] {
  const graphs = fields.filter(({ number, wireType }) => number === 7 && wireType === 2);
  const [graph] = graphs;
  if (graphs.length !== 1 || graph === undefined) {
    throw new BrokenRule(`${graphs.length} graphs in the written file`);
  }
  return splitFields(graph.value) ?? [];
}

/** Whether `kept` stands in `all` in its order, with other fields between. */
function isKept(kept: readonly RawField[], all: readonly RawField[]): boolean {
  let at = 0;
  for (const { whole } of kept) {
    while (at < all.length && Buffer.compare(whole, all[at]!.whole) !== 0) at++;
    if (at === all.length) return false;
    at++;
  }
  return true;
}

/** Every field of the original stands in the written file, byte for byte and in order. */
function checkFieldsKept(original: Uint8Array, written: Uint8Array): void {
  const before = splitFields(original);
  const after = splitFields(written);
  if (before === null || after === null)
    throw new BrokenRule('a file that was read is no protobuf');
  if (!isKept(graphOf(before), graphOf(after)))
    throw new BrokenRule('a field of the graph changed');
  const others = (fields: RawField[]): RawField[] => fields.filter(({ number }) => number !== 7);
  if (!isKept(others(before), others(after))) throw new BrokenRule('a field of the model changed');
}

function namedOutputs({ record }: Manifest): string[] {
  const { stages, unpooled, pooled, logits } = record;
  const single = [...(Array.isArray(unpooled) ? unpooled : [unpooled]), pooled, logits];
  return [...stages, ...single].flatMap((field) => ('output' in field ? [field.output] : []));
}

/**
 * Reads a written file back and compares it with the original.
 *
 * @throws BrokenRule, or whatever error reading it gives.
 */
export async function checkWritten(
  original: Uint8Array,
  model: Model,
  written: Uint8Array,
): Promise<void> {
  checkFieldsKept(original, written);
  const read = await readModel(bytesSource(written));
  const names = read.graph.outputs.map(({ name }) => name);
  const old = model.graph.outputs.map(({ name }) => name);
  if (old.some((name, i) => names[i] !== name)) {
    throw new BrokenRule('the original outputs changed their names or order');
  }
  const added = names.slice(old.length);
  if (added.some((name) => old.includes(name)) || new Set(added).size < added.length) {
    throw new BrokenRule(`added outputs are not unique: ${added.join(', ')}`);
  }
  const manifest = readManifest(read);
  if (manifest === null) throw new BrokenRule('the written file has no manifest');
  for (const output of namedOutputs(manifest)) {
    if (!names.includes(output))
      throw new BrokenRule(`output ${output} of the manifest is missing`);
  }
  const plan = planTaps(read);
  const again = await tapModel(read, plan).catch((error: unknown) => error);
  if (!isFeaturetapError(again) || again.code !== 'MODEL_UNSUPPORTED') {
    throw new BrokenRule('a tapped file can be tapped again');
  }
}
