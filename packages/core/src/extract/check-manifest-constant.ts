import { FeaturetapError } from '../spec/errors.js';
import { fieldNameSchema } from '../spec/manifest.js';
import type { ManifestConstant } from '../spec/manifest-constant.js';
import { formatShape } from '../tensor/tensor.js';
import { printableName } from '../wire/name.js';

/** A statement of a manifest: what it is about, and what it says. */
type Statement = readonly [about: string, says: string];

type Output = ManifestConstant['record']['stages'][number];
type Extra = NonNullable<ManifestConstant['extras']>[number];

/**
 * Checks a manifest constant against the manifest of the file that is opened.
 *
 * Compared is what the types of a record promise and what a run needs: the input, the fields, and
 * name, dtype, shape, layout and reductions of each output. Another version of the tool, other
 * class names or other weights of the same network do not matter.
 *
 * @param name - what to call the file in messages.
 * @throws FeaturetapError `MANIFEST_INVALID` with the first difference
 */
export function checkManifestConstant(
  constant: ManifestConstant,
  manifest: ManifestConstant,
  name: string,
): void {
  const actual = statements(manifest);
  for (const [about, says] of statements(constant)) {
    // Lists begin with their length, so both sides speak of the same thing until they differ.
    const found = actual.next().value;
    if (found?.[1] === says) continue;
    throw new FeaturetapError(
      'MANIFEST_INVALID',
      `Expected the option manifest to describe ${name}, but ${about} is ${says} in the option ` +
        `and ${found?.[1] ?? 'missing'} in the file. Write the constant again with ` +
        '`featuretap types`, or open the file that it was made from.',
    );
  }
}

function* statements({ input, record, extras = [] }: ManifestConstant): Generator<Statement, null> {
  yield ['the name of the input', quoted(input.name)];
  yield ['the dtype of the input', input.dtype];
  yield ['the layout of the input', input.layout];
  yield ['the shape of the input', shapeText(input.shape)];
  for (const field of fieldNameSchema.options) {
    const entry = record[field];
    if (Array.isArray(entry)) {
      const outputs: readonly Output[] = entry;
      yield [field, `a list of ${outputs.length}`];
      for (const [i, output] of outputs.entries()) yield* outputStatements(`${field}.${i}`, output);
    } else {
      const output = entry as Exclude<typeof entry, readonly unknown[]>;
      yield [field, output.value === null ? 'absent' : 'one output'];
      if (output.value !== null) yield* outputStatements(field, output);
    }
  }
  yield ['extras', `a list of ${extras.length}`];
  for (const extra of extras) yield* extraStatements(extra);
  return null;
}

function* outputStatements(name: string, output: Output): Generator<Statement> {
  yield [`the output of ${name}`, quoted(output.output)];
  yield [`the dtype of ${name}`, output.dtype];
  yield [`the layout of ${name}`, output.layout];
  yield [`the shape of ${name}`, shapeText(output.shape)];
  yield [`the reduction of ${name} in its graph`, output.reduce ?? 'none'];
  yield [`the pixels per position of ${name}`, String(output.reduction ?? 'unknown')];
  yield [`the number of ${name} in the network`, String(output.index ?? 'its position')];
}

function* extraStatements({ output, dtype, shape }: Extra): Generator<Statement> {
  const name = quoted(output);
  yield ['the name of an extra output', name];
  yield [`the dtype of the extra output ${name}`, dtype ?? 'unknown'];
  yield [`the shape of the extra output ${name}`, shape === null ? 'unknown' : shapeText(shape)];
}

/** Names in a file can be anything, also what would steer a terminal. */
function quoted(name: string): string {
  return `"${printableName(name)}"`;
}

/** Names of axes are quoted, as `["batch", 3]`: a size and its name as digits differ. */
function shapeText(shape: readonly (number | string)[]): string {
  return formatShape(shape.map((dim) => (typeof dim === 'string' ? quoted(dim) : dim)));
}
