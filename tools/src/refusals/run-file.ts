import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { CaseInput } from './refusal-case.js';

/** Numbers of a small generator (Park and Miller 1988), so that each run is the same. */
function* randomNumbers(seed: number): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 48271) % 2147483647;
    yield state / 2147483647;
  }
}

function feed({ dtype, shape, below = 2 }: CaseInput): Tensor {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const random = randomNumbers(size + 1);
  const next = (): number => random.next().value as number;
  return dtype === 'float32'
    ? new Tensor('float32', Float32Array.from({ length: size }, next), shape)
    : new Tensor(
        'int64',
        BigInt64Array.from({ length: size }, () => BigInt(1 + Math.floor(next() * (below - 1)))),
        shape,
      );
}

/** Runs a model on random inputs; returns the outputs by name. */
export async function runFile(
  file: string,
  inputs: Readonly<Record<string, CaseInput>>,
): Promise<Map<string, Tensor>> {
  const session = await InferenceSession.create(file, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  try {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [name, feed(input)]),
    );
    return new Map(Object.entries(await session.run(feeds)));
  } finally {
    await session.release();
  }
}
