import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Sides that are assumed where the file leaves them open, pixels. */
const ASSUMED_SIDE = 224;

/** Outputs of a run, by name. */
export type Outputs = ReadonlyMap<string, Tensor>;

/** An image of smooth numbers between -1 and 1, for the first input that a session has. */
function image(session: InferenceSession): Record<string, Tensor> {
  const [input] = session.inputMetadata;
  if (input?.isTensor !== true) throw new Error('Expected a tensor input.');
  const shape = input.shape.map((dim, axis) =>
    typeof dim === 'number' ? dim : axis === 0 ? 1 : ASSUMED_SIDE,
  );
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.013) * Math.cos(i));
  return { [input.name]: new Tensor('float32', data, shape) };
}

/** Runs a file once; without feeds, on an image of its own. */
export async function runSession(
  file: string,
  feeds?: Readonly<Record<string, Tensor>>,
): Promise<Outputs> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run(feeds ?? image(session));
    return new Map(session.outputNames.map((name) => [name, results[name]!]));
  } finally {
    await session.release();
  }
}

/** Whether two tensors have the same bits. */
export function isSameBits(a: Tensor | undefined, b: Tensor | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const bytes = ({ data }: Tensor): Uint8Array => {
    const { buffer, byteOffset, byteLength } = data as Float32Array;
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  return Buffer.compare(bytes(a), bytes(b)) === 0;
}

/** Whether all elements are finite and not all are the same, so that equal bits say something. */
export function isTelling({ data }: Tensor): boolean {
  const values = data as Float32Array;
  const first = values[0];
  return values.every((value) => Number.isFinite(value)) && values.some((v) => v !== first);
}
