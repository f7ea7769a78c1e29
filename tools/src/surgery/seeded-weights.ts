import { open } from 'node:fs/promises';
import type { Initializer } from '@featuretap/onnx-export';

/** `TensorProto.DataType.FLOAT` */
const FLOAT32 = 1;

/** Numbers between -1 and 1, the same ones each time. */
function* seeded(): Generator<number, never, void> {
  for (let state = 1; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 31 - 1;
  }
}

/**
 * Values that neither blow up nor die out on their way through a network: vectors (variances,
 * scales) are positive, matrices scaled by their largest side.
 */
function fill(tensor: Initializer, random: Generator<number, never, void>): Float32Array {
  const count = tensor.dims.reduce((product, dim) => product * dim, 1);
  const longest = Math.max(1, count / Math.min(...tensor.dims));
  const scale = tensor.dims.length < 2 ? 0.2 : Math.sqrt(3 / longest);
  const shift = tensor.dims.length < 2 ? 0.6 : 0;
  return Float32Array.from({ length: count }, () => shift + scale * random.next().value);
}

/** Writes the weights of a model without weights: seeded floats, zeros for all other types. */
export async function writeSeededWeights(
  path: string,
  bytes: number,
  tensors: readonly Initializer[],
): Promise<void> {
  const random = seeded();
  const handle = await open(path, 'w');
  try {
    await handle.truncate(bytes);
    for (const tensor of tensors) {
      if (tensor.external === undefined || tensor.dataType !== FLOAT32) continue;
      const values = fill(tensor, random);
      const offset = Number(tensor.external.get('offset') ?? 0);
      await handle.write(new Uint8Array(values.buffer), 0, values.byteLength, offset);
    }
  } finally {
    await handle.close();
  }
}
