import type { TypedArrayOf } from '../spec/dtype.js';
import { FeaturetapError } from '../spec/errors.js';
import { elementCount, formatShape, TYPED_ARRAYS, type Tensor } from '../tensor/tensor.js';
import { throwIfStopped } from './assemble-batch.js';
import type { OpenSession } from './open-session.js';
import type { BatchRequest } from './runner.js';

/**
 * Runs a batch on a session; where the export fixed the batch, in several runs.
 *
 * The last run is filled up with zeros, and the rows that belong to them are dropped: rows of a
 * batch do not influence each other in a classifier that is not training.
 *
 * @param fixedRows - the batch that the file takes, or null when it takes any.
 * @throws FeaturetapError `RUNTIME_FAILED`, `ABORTED`, `MANIFEST_INVALID` when an output has no
 * batch axis
 */
export async function runBatch(
  session: Pick<OpenSession, 'run'>,
  input: Tensor,
  request: Pick<BatchRequest, 'outputs' | 'stop'>,
  fixedRows: number | null,
): Promise<Map<string, Tensor>> {
  throwIfStopped(request.stop);
  const [rows = 0] = input.shape;
  if (fixedRows === null || fixedRows === rows) return session.run(input, request.outputs);
  const parts: Map<string, Tensor>[] = [];
  for (let start = 0; start < rows; start += fixedRows) {
    throwIfStopped(request.stop);
    const chunk = sliceRows(input, start, fixedRows);
    parts.push(await session.run(chunk, request.outputs));
  }
  return new Map(
    request.outputs.map((name) => [
      name,
      joinRows(
        name,
        parts.map((part) => part.get(name)!),
        fixedRows,
        rows,
      ),
    ]),
  );
}

/** Rows [start, start + count) of a tensor: a view, or a copy with zeros behind the last row. */
function sliceRows(tensor: Tensor, start: number, count: number): Tensor {
  const shape = [count, ...tensor.shape.slice(1)];
  const size = elementCount(shape.slice(1));
  const view = tensor.data.subarray(start * size, (start + count) * size);
  if (view.length === count * size) return { dtype: tensor.dtype, shape, data: view };
  const data = new TYPED_ARRAYS[tensor.dtype](count * size) as TypedArrayOf<'float32'>;
  data.set(view as typeof data);
  return { dtype: tensor.dtype, shape, data };
}

function joinRows(name: string, parts: readonly Tensor[], partRows: number, rows: number): Tensor {
  const { dtype, shape } = parts[0]!;
  const size = elementCount(shape.slice(1));
  const data = new TYPED_ARRAYS[dtype](rows * size) as TypedArrayOf<'float32'>;
  for (const [index, part] of parts.entries()) {
    if (part.shape[0] !== partRows || part.data.length !== partRows * size) {
      throw new FeaturetapError(
        'MANIFEST_INVALID',
        `Expected output ${name} to have ${partRows} rows, one for each image, ` +
          `got ${formatShape(part.shape)}. Tap the original model again.`,
      );
    }
    const start = index * partRows;
    const wanted = Math.min(partRows, rows - start) * size;
    data.set(part.data.subarray(0, wanted) as typeof data, start * size);
  }
  return { dtype, shape: [rows, ...shape.slice(1)], data };
}
