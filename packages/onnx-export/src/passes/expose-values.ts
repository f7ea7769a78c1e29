import { FeaturetapError, type ExtraOutput } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { inferShapes } from '../shapes/symbolic-shapes.js';
import type { Exposures } from './expose-fields.js';
import { promoteOutput } from './promote-output.js';

/** A value to expose under a name of the caller's choice. */
export interface NamedOutput {
  /** Name of the output. */
  readonly name: string;
  /** Name of the graph value. */
  readonly value: string;
}

/**
 * Exposes values that the caller named.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when the graph has no such value.
 */
export function exposeValues(
  start: Exposures,
  outputs: readonly NamedOutput[],
  inputName: string,
): { exposures: Exposures; extras: ExtraOutput[] } {
  if (outputs.length === 0) return { exposures: start, extras: [] };
  const { index } = start.edit;
  const shapes = inferShapes(index, inputName);
  const extras: ExtraOutput[] = [];
  let { edit } = start;
  for (const { name, value } of outputs) {
    const shape = shapes.shapeOf(value);
    if (!index.producerOf.has(value) || shape === undefined || shape.length === 0) {
      throw notFound(value, index.producerOf.keys());
    }
    const { dataType } = start;
    const made = promoteOutput(edit, { value, name, dataType, shape: [...shape] });
    edit = made.edit;
    extras.push({ output: made.name, value, dtype: 'float32', shape: [...shape] });
  }
  return { exposures: { ...start, edit }, extras };
}

function notFound(value: string, known: Iterable<string>): FeaturetapError {
  const similar = [...known]
    .filter((name) => name.toLowerCase().includes(value.toLowerCase()))
    .slice(0, 10)
    .map((name) => printableName(name));
  return new FeaturetapError(
    'TAP_NOT_FOUND',
    `Expected a tensor value of the graph named "${printableName(value)}", found ` +
      (similar.length > 0 ? `these: ${similar.join(', ')}.` : 'none like it.'),
  );
}
