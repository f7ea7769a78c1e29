// Runs models in onnxruntime, and what tests need to compute beside it.
import { concatBytes } from '../src/proto/encode.js';
import { tapModel, type TapOptions } from '../src/tap-model.js';
import { planTaps } from '../src/plan-taps.js';
import type { TapPlan } from '../src/taps/plan.js';
import { readSegments } from '../src/write/segments.js';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { parse } from './read-fixture.js';

/** Height and width of the input of the models under fixtures/models. */
const SIDE = 16;

const ROWS = 2;

export async function tapBytes(
  original: Uint8Array,
  options: TapOptions = {},
  plan?: TapPlan,
): Promise<Uint8Array> {
  const model = await parse(original);
  const { segments } = await tapModel(model, plan ?? planTaps(model), options);
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

/** Two images of numbers between -1 and 1, the same ones each time. */
function images(): Float32Array {
  return Float32Array.from({ length: ROWS * 3 * SIDE * SIDE }, (_, i) => Math.sin(i * 0.37));
}

/** All outputs of a model or of a file for two images, by name. */
export async function run(
  model: Uint8Array | string,
  options: InferenceSession.SessionOptions = {},
): Promise<Map<string, Tensor>> {
  const all = { ...options, intraOpNumThreads: 1, logSeverityLevel: 3 } as const;
  const session =
    typeof model === 'string'
      ? await InferenceSession.create(model, all)
      : await InferenceSession.create(model, all);
  const meta = session.inputMetadata.find(({ name }) => name === 'input');
  const isHalf = meta?.isTensor === true && meta.type === 'float16';
  const dims = [ROWS, 3, SIDE, SIDE];
  // 0x3400 to 0x37ff are the float16 numbers from 0.25 to 0.5.
  const half = (): Uint16Array =>
    Uint16Array.from({ length: ROWS * 3 * SIDE * SIDE }, (_, i) => 0x3400 + ((i * 37) % 0x400));
  const input = isHalf
    ? new Tensor('float16', half(), dims)
    : new Tensor('float32', images(), dims);
  const results = await session.run({ input });
  const outputs = new Map(session.outputNames.map((name) => [name, results[name]!]));
  await session.release();
  return outputs;
}

/** The bits of a tensor. */
export function bits(tensor: Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}
