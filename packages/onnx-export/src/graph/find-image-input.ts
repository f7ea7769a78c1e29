import { FeaturetapError, type Manifest } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';
import { DATA_TYPE } from '../proto/fields.js';
import type { DeclaredDim, ValueInfo } from '../proto/model.js';
import type { GraphIndex } from './graph-index.js';

/** Types of an image input, by `TensorProto.DataType`. */
const INPUT_TYPES: ReadonlyMap<number, Manifest['input']['dtype']> = new Map([
  [DATA_TYPE.float32, 'float32'],
  [DATA_TYPE.float16, 'float16'],
  [DATA_TYPE.uint8, 'uint8'],
]);

function imageInput(info: ValueInfo): Manifest['input'] | null {
  const dtype = INPUT_TYPES.get(info.dataType);
  const { shape } = info;
  if (dtype === undefined || shape?.length !== 4) return null;
  const layout = shape[1] === 3 ? 'NCHW' : shape[3] === 3 ? 'NHWC' : null;
  if (layout === null) return null;
  const names = ['batch', layout === 'NCHW' ? 'channels' : 'height', 'height', 'width'];
  return {
    name: info.name,
    dtype,
    shape: shape.map((dim, axis) => dim ?? names[axis] ?? 'dim'),
    layout,
  };
}

/** A shape for people: names of axes come from the file, and there may be many. */
function describeShape(shape: readonly DeclaredDim[] | null): string {
  if (shape === null) return '?';
  const shown = shape.slice(0, 8).map((dim) => printableName(String(dim), 40));
  return [...shown, ...(shape.length > 8 ? ['…'] : [])].join(', ');
}

/**
 * The graph input that takes a batch of RGB images.
 *
 * @throws FeaturetapError `MODEL_NO_IMAGE_INPUT`, with the inputs that there are.
 */
export function findImageInput(index: GraphIndex): Manifest['input'] {
  for (const info of index.inputs) {
    const input = imageInput(info);
    if (input !== null) return input;
  }
  const found = index.inputs
    .slice(0, 10)
    .map(({ name, shape }) => `${printableName(name)} [${describeShape(shape)}]`)
    .join('; ');
  throw new FeaturetapError(
    'MODEL_NO_IMAGE_INPUT',
    'Expected an input of shape [N, 3, H, W] or [N, H, W, 3] and type float32, float16 or uint8, ' +
      `found ${found === '' ? 'no input' : found}. featuretap works on image classifiers; give the ` +
      'image encoder alone when the file holds more.',
  );
}
