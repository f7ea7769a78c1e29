import { FeaturetapError, type ExtraOutput } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import type { GraphIndex } from '../graph/graph-index.js';
import { unknownValue } from '../graph/unknown-value.js';
import { DATA_TYPE } from '../proto/fields.js';
import { nonTensorKind } from '../shapes/non-tensor-kind.js';
import { inferShapes } from '../shapes/symbolic-shapes.js';
import { castValue, type EditedValue } from './append-node.js';
import type { Exposures } from './expose-fields.js';
import { promoteOutput } from './promote-output.js';
import { dataTypeName, dtypeOf, isCastable, isReturnable } from './returnable-types.js';

/** A value to expose under a name of the caller's choice. */
export interface NamedOutput {
  /** Name of the output. */
  readonly name: string;
  /** Name of the graph value. */
  readonly value: string;
}

/** Opset that is assumed when a file does not say. */
const DEFAULT_OPSET = 18;

/**
 * Exposes values that the caller named, each with its own element type; what onnxruntime-node
 * cannot return is cast to float32. A value that is an output of that name already stays.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when the graph has no such value, `MODEL_UNSUPPORTED` when
 * it is no tensor or of a type that cannot be returned or cast, `OPTION_INVALID` for a name that
 * cannot be given.
 */
export function exposeValues(
  start: Exposures,
  outputs: readonly NamedOutput[],
  inputName: string,
): { exposures: Exposures; extras: ExtraOutput[] } {
  if (outputs.length === 0) return { exposures: start, extras: [] };
  const { index } = start.edit;
  const shapes = inferShapes(index, inputName);
  refuseRepeated(outputs);
  const asked = new Map<string, ExtraOutput>();
  let { edit } = start;
  for (const { name, value } of outputs) {
    const key = JSON.stringify([name, value]);
    if (asked.has(key)) continue;
    refuseName(name);
    refuseMissing(index, value);
    const { edit: cast, value: tensor, dataType } = returnable(start, { edit, value }, name);
    const shape = shapes.shapeOf(value);
    const made = [...index.model.graph.outputs, ...edit.outputs].some(
      (output) => output.name === name && name === tensor,
    )
      ? { edit, name }
      : promoteOutput(cast, {
          value: tensor,
          name,
          ...(dataType === undefined ? {} : { dataType }),
          ...(shape === undefined ? {} : { shape }),
        });
    edit = made.edit;
    const dtype = dataType === undefined ? undefined : dtypeOf(dataType);
    asked.set(key, {
      output: made.name,
      value,
      dtype: dtype ?? null,
      shape: shape === undefined ? null : [...shape],
    });
  }
  return { exposures: { ...start, edit }, extras: [...asked.values()] };
}

/** The value in a type that onnxruntime-node returns. */
function returnable(
  { types, edit: { index } }: Exposures,
  start: EditedValue,
  label: string,
): EditedValue & { readonly dataType: number | undefined } {
  const dataType = types.get(start.value);
  if (dataType === undefined || isReturnable(dataType)) return { ...start, dataType };
  if (isCastable(dataType, index.model.opsets.get('') ?? DEFAULT_OPSET)) {
    const { float32 } = DATA_TYPE;
    return { ...castValue(start, float32, label), dataType: float32 };
  }
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected a value of a type that onnxruntime-node returns, but "${printableName(start.value)}" ` +
      `is ${dataTypeName(dataType)}, which no Cast of the model's opset takes either. ` +
      'Name a value in front of it or behind it.',
  );
}

/** @throws FeaturetapError `OPTION_INVALID` for one name of two values */
function refuseRepeated(outputs: readonly NamedOutput[]): void {
  const values = new Map<string, string>();
  for (const { name, value } of outputs) {
    const before = values.get(name) ?? value;
    values.set(name, before);
    if (before === value) continue;
    throw new FeaturetapError(
      'OPTION_INVALID',
      `Expected one value for the output "${printableName(name)}", got "${printableName(before)}" and ` +
        `"${printableName(value)}". Give them names of their own.`,
    );
  }
}

/** @throws FeaturetapError `OPTION_INVALID` */
function refuseName(name: string): void {
  // onnxruntime's JavaScript API collects outputs in an object, where this name would vanish.
  if (name !== '' && name !== '__proto__') return;
  throw new FeaturetapError(
    'OPTION_INVALID',
    `Expected a name for the output, got ${name === '' ? 'an empty one' : 'a reserved word'} ` +
      `("${name}"). Choose another one.`,
  );
}

/** @throws FeaturetapError `TAP_NOT_FOUND`, `MODEL_UNSUPPORTED` */
function refuseMissing(index: GraphIndex, value: string): void {
  const { producerOf, constantOf, inputs } = index;
  const isKnown =
    producerOf.has(value) || constantOf.has(value) || inputs.some(({ name }) => name === value);
  if (value === '' || !isKnown) {
    const given = inputs.map(({ name }) => name);
    throw unknownValue(value, new Set([...producerOf.keys(), ...constantOf.keys(), ...given]));
  }
  const kind = nonTensorKind(index, value);
  if (kind === null) return;
  throw new FeaturetapError(
    'MODEL_UNSUPPORTED',
    `Expected a tensor, but "${printableName(value)}" is ${kind}, which onnxruntime-node does not ` +
      'return. Name the tensors that it is made from.',
  );
}
