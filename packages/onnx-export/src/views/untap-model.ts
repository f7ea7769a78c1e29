import { FeaturetapError, MANIFEST_KEY } from '@featuretap/core/spec';
import { indexGraph } from '../graph/graph-index.js';
import { emptyEdit } from '../passes/graph-edit.js';
import type { Model } from '../proto/model.js';
import { readManifest } from '../taps/plan-from-manifest.js';
import { sizeOf, type Segment } from '../write/segments.js';
import { spliceModel } from '../write/splice-model.js';

function refuseChanged(): FeaturetapError {
  return new FeaturetapError(
    'MODEL_UNSUPPORTED',
    'Expected a file to which taps were only added, but parts of the original are gone or were ' +
      'changed. Use the original.',
  );
}

/**
 * Takes back what `tapModel` added: the file's bytes are those of the original again.
 *
 * Weights that were left in the original by a link stay there.
 *
 * @throws FeaturetapError `MANIFEST_MISSING` when the file is not tapped, `MANIFEST_INVALID`,
 * `MODEL_UNSUPPORTED` when its input was replaced or parts were cut off.
 */
export function untapModel(model: Model): readonly Segment[] {
  const manifest = readManifest(model);
  if (manifest === null) {
    throw new FeaturetapError(
      'MANIFEST_MISSING',
      'Expected a tapped file, but it carries no manifest. There is nothing to take back.',
    );
  }
  const { added } = manifest;
  const { at } = model.graph;
  if (added === undefined || added.front + added.back > at.end - at.valueStart) {
    throw refuseChanged();
  }
  const front = { ...at, start: at.valueStart, end: at.valueStart + added.front };
  const back = { ...at, start: at.end - added.back, end: at.end };
  // A manifest that is wrong must not cut a message in two.
  const borders = new Set([at.valueStart, at.end, ...fieldBorders(model)]);
  if (!borders.has(front.end) || !borders.has(back.start)) throw refuseChanged();
  const removed = new Set([front, back].filter(({ start, end }) => end > start));
  const edit = { ...emptyEdit(indexGraph(model)), removed };
  const segments = spliceModel(edit, { metadata: [{ key: MANIFEST_KEY }] });
  const isSame = manifest.weightFiles !== undefined || sizeOf(segments) === manifest.source.bytes;
  if (!isSame) throw refuseChanged();
  return segments;
}

function fieldBorders({ graph }: Model): number[] {
  const { nodes, initializers, sparseInitializers, annotations } = graph;
  const { inputs, outputs, valueInfos } = graph;
  const fields = [
    nodes,
    initializers,
    sparseInitializers,
    annotations,
    inputs,
    outputs,
    valueInfos,
  ];
  return fields.flatMap((list) => list.flatMap(({ at }) => [at.start, at.end]));
}
