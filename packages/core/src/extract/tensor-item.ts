import type { InputSpec } from '../session/worker-messages.js';
import type { BatchItem } from '../session/runner.js';
import { FeaturetapError } from '../spec/errors.js';
import { checkTensor, formatShape, type Tensor } from '../tensor/tensor.js';

/**
 * Checks a tensor against the input that it is for and copies it, so that the caller's stays usable.
 *
 * @param where - what the tensor is, for messages.
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function tensorItem(
  tensor: Tensor,
  target: InputSpec,
  where: string,
): Extract<BatchItem, { kind: 'tensor' }> {
  checkTensor(tensor, where);
  const { dtype, shape, data } = tensor;
  const [rows = 0] = shape;
  const fits =
    dtype === target.dtype &&
    shape.length === target.shape.length &&
    rows > 0 &&
    target.shape.every(
      (size, axis) => axis === 0 || typeof size === 'string' || size === shape[axis],
    );
  if (!fits) {
    const layout = target.layout === null ? '' : `${target.layout}, `;
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected a ${target.dtype} tensor of shape ${formatShape(target.shape)} (${layout}` +
        `at least one image) in ${where}, got ${dtype} ${formatShape(shape)}.`,
    );
  }
  return { kind: 'tensor', tensor: { dtype, shape: [...shape], data: copyOf(data) }, rows };
}

/** Not slice(): of a Buffer it would be a view of the caller's memory. */
function copyOf(data: Tensor['data']): Tensor['data'] {
  return data instanceof Uint8Array ? new Uint8Array(data) : data.slice();
}
