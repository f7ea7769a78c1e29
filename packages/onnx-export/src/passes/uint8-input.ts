import { FeaturetapError, type Manifest, type PreprocessSpec } from '@featuretap/core/spec';
import { DATA_TYPE } from '../proto/fields.js';
import { freeName, type GraphEdit, type NewInitializer, type NewNode } from './graph-edit.js';

/** float32 constant: a scalar, or one number for each colour. */
function float32Initializer(
  name: string,
  dims: readonly number[],
  values: readonly number[],
): NewInitializer {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return { name, dims, dataType: DATA_TYPE.float32, raw: new Uint8Array(view.buffer) };
}

function refuse(what: string, advice: string): FeaturetapError {
  return new FeaturetapError(
    'OPTION_INVALID',
    `Expected ${what} for a uint8 input, which normalises inside the graph. ${advice}`,
  );
}

/**
 * Puts normalisation into the graph: the file then takes bytes [N, H, W, 3], and what was its input
 * becomes a value of the graph.
 *
 * Bytes are transposed before anything is computed, which moves a quarter of what floats are. Then
 * `(x/255 - mean)/std` in float32, in the order in which torch and `@featuretap/core` compute it, so
 * that the results are the same bits; a float16 network gets them rounded.
 *
 * @throws FeaturetapError `OPTION_INVALID` when preprocessing is not known or the input takes bytes
 * already.
 */
export function uint8Input(
  edit: GraphEdit,
  input: Manifest['input'],
  preprocess: PreprocessSpec | null,
): { edit: GraphEdit; input: Manifest['input'] } {
  if (preprocess === null) {
    throw refuse(
      'preprocessing',
      'The file does not say how images become the input: name it (--pretrained TAG).',
    );
  }
  const declared = edit.index.model.graph.inputs.find(({ name }) => name === input.name);
  if (input.dtype === 'uint8' || declared === undefined) {
    throw refuse('a float32 or float16 input', 'The input of the file takes bytes already.');
  }
  const [n, ...rest] = input.shape;
  const [h, w] = input.layout === 'NCHW' ? rest.slice(1) : rest;
  if (n === undefined || h === undefined || w === undefined) throw new Error('an input has 4 axes');
  const name = freeName(edit, `${input.name}.uint8`);
  const shape = [n, h, w, 3];
  const label = 'featuretap/input';
  const constants = [
    float32Initializer(freeName(edit, `${label}/255`), [], [255]),
    float32Initializer(freeName(edit, `${label}/mean`), colours(input.layout), preprocess.mean),
    float32Initializer(freeName(edit, `${label}/std`), colours(input.layout), preprocess.std),
  ] as const;
  const [levels, mean, std] = constants.map((tensor) => tensor.name);
  const steps: Pick<NewNode, 'opType' | 'inputs' | 'attributes'>[] = [
    ...(input.layout === 'NCHW'
      ? [
          {
            opType: 'Transpose',
            inputs: [],
            attributes: [{ name: 'perm', ints: [0, 3, 1, 2] }],
          },
        ]
      : []),
    { opType: 'Cast', inputs: [], attributes: [{ name: 'to', int: DATA_TYPE.float32 }] },
    { opType: 'Div', inputs: [levels ?? ''], attributes: [] },
    { opType: 'Sub', inputs: [mean ?? ''], attributes: [] },
    { opType: 'Div', inputs: [std ?? ''], attributes: [] },
    ...(input.dtype === 'float16'
      ? [{ opType: 'Cast', inputs: [], attributes: [{ name: 'to', int: DATA_TYPE.float16 }] }]
      : []),
  ];
  let value = name;
  let made: GraphEdit = { ...edit, initializers: [...edit.initializers, ...constants] };
  steps.forEach(({ inputs, ...step }, i) => {
    const node = freeName(made, `${label}/${step.opType}`);
    // The last one makes what was the input, so that nothing behind it changes.
    const output = i === steps.length - 1 ? input.name : node;
    const added = { ...step, name: node, inputs: [value, ...inputs], outputs: [output] };
    made = { ...made, prologue: [...made.prologue, added] };
    value = output;
  });
  return {
    edit: {
      ...made,
      inputs: [...made.inputs, { name, dataType: DATA_TYPE.uint8, shape }],
      removed: new Set([...made.removed, declared.at]),
    },
    input: { name, dtype: 'uint8', shape, layout: 'NHWC' },
  };
}

/** Shape of one number for each colour, to go with the layout. */
function colours(layout: Manifest['input']['layout']): readonly number[] {
  return layout === 'NCHW' ? [3, 1, 1] : [3];
}
