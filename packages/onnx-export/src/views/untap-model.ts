import { FeaturetapError, MANIFEST_KEY } from '@featuretap/core/spec';
import { indexGraph, usedValues } from '../graph/graph-index.js';
import { emptyEdit } from '../passes/graph-edit.js';
import type { Model } from '../proto/model.js';
import { readManifest } from '../taps/plan-from-manifest.js';
import { sizeOf, type Segment } from '../write/segments.js';
import { spliceModel } from '../write/splice-model.js';

/** What the names of all nodes and constants begin with that surgery adds. */
const ADDED = 'featuretap/';

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
  const { graph } = model;
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const original = manifest.source.outputs;
  const isWhole = original?.every((name) => outputs.has(name)) === true;
  if (!isWhole || manifest.view === 'backbone') throw refuseChanged();
  const kept = new Set(original);
  const added = [
    ...graph.nodes.filter(({ name }) => name.startsWith(ADDED)),
    ...graph.initializers.filter(({ name }) => name.startsWith(ADDED)),
    ...graph.outputs.filter(({ name }) => !kept.has(name)),
  ];
  // An input that takes bytes stands in place of the original's, which is not in the file any more.
  const gone = new Set(added.flatMap((item) => ('outputs' in item ? item.outputs : [])));
  const left = graph.nodes.filter(({ name }) => !name.startsWith(ADDED));
  if (left.some((node) => usedValues(node).some((name) => gone.has(name)))) throw refuseChanged();
  const edit = { ...emptyEdit(indexGraph(model)), removed: new Set(added.map(({ at }) => at)) };
  const segments = spliceModel(edit, { metadata: [{ key: MANIFEST_KEY }] });
  // A call that was replaced by what it does, or a file that was edited since, cannot be taken back.
  const isSame = manifest.weightFiles !== undefined || sizeOf(segments) === manifest.source.bytes;
  if (!isSame) throw refuseChanged();
  return segments;
}
