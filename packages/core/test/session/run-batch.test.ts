import { describe, expect, it } from 'vitest';
import { runBatch } from '../../src/session/run-batch.js';
import type { Tensor } from '../../src/tensor/tensor.js';

function tensor(rows: number, values: number[]): Tensor<'float32'> {
  return { dtype: 'float32', shape: [rows, values.length / rows], data: Float32Array.from(values) };
}

/** Returns twice its input, and keeps what it was given. */
function doubling(outputRows?: number) {
  const inputs: Tensor[] = [];
  return {
    inputs,
    run: (input: Tensor, outputs: readonly string[]) => {
      inputs.push(input);
      const doubled = tensor(
        outputRows ?? input.shape[0]!,
        Array.from(input.data as Float32Array, (value) => 2 * value),
      );
      return Promise.resolve(new Map(outputs.map((name) => [name, doubled])));
    },
  };
}

describe('runBatch', () => {
  it('runs once where the file takes any batch', async () => {
    const session = doubling();
    const input = tensor(3, [1, 2, 3, 4, 5, 6]);
    const outputs = await runBatch(session, input, { outputs: ['y'], stop: null }, null);
    expect(session.inputs).toEqual([input]);
    expect([...outputs.get('y')!.data]).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it.each([
    [
      1,
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ],
    [
      2,
      [
        [1, 2, 3, 4],
        [5, 6, 0, 0],
      ],
    ],
    [3, [[1, 2, 3, 4, 5, 6]]],
    [5, [[1, 2, 3, 4, 5, 6, 0, 0, 0, 0]]],
  ])('splits and fills up where the file takes %d', async (fixedRows, expected) => {
    const session = doubling();
    const input = tensor(3, [1, 2, 3, 4, 5, 6]);
    const outputs = await runBatch(session, input, { outputs: ['y', 'z'], stop: null }, fixedRows);
    expect(session.inputs.map((each) => Array.from(each.data, Number))).toEqual(expected);
    expect(session.inputs.every((each) => each.shape[0] === fixedRows)).toBe(true);
    expect(outputs.get('z')).toEqual(tensor(3, [2, 4, 6, 8, 10, 12]));
  });

  it('refuses an output that has no row for each image', async () => {
    const input = tensor(2, [1, 2, 3, 4]);
    const running = runBatch(doubling(2), input, { outputs: ['y'], stop: null }, 1);
    await expect(running).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  it('stops between runs', async () => {
    const session = doubling();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const stopping = {
      run: (...args: Parameters<typeof session.run>) => {
        stop[0] = 1;
        return session.run(...args);
      },
    };
    const running = runBatch(stopping, tensor(2, [1, 2]), { outputs: ['y'], stop }, 1);
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(session.inputs).toHaveLength(1);
  });
});
