import { createRequire } from 'node:module';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { FeaturetapError } from '../spec/errors.js';
import { TYPED_ARRAYS, isDType, type Tensor } from '../tensor/tensor.js';
import type { SessionInfo, ValueInfo } from './runner.js';
import { usableSource } from './usable-source.js';
import type { ModelSource, WorkerSetup } from './worker-messages.js';

/** A loaded model. Everything here blocks the calling thread: use it in a worker. */
export interface OpenSession {
  /** What the model takes and returns. */
  readonly info: SessionInfo;
  /**
   * Runs the model once.
   *
   * @throws FeaturetapError `RUNTIME_FAILED`
   */
  run(input: Tensor, outputs: readonly string[]): Promise<Map<string, Tensor>>;
  /** Frees the model's memory. */
  release(): Promise<void>;
}

/** Errors are thrown with their message; onnxruntime would print them to stderr as well. */
const LOG_FATAL_ONLY = 4;

/** How onnxruntime loads and runs a model. */
export type SessionSettings = Pick<WorkerSetup, 'threads' | 'graphOptimizationLevel'>;

/**
 * Loads a model with onnxruntime, on the CPU.
 *
 * @param input - name of the graph input that runs feed.
 * @throws FeaturetapError `RUNTIME_FAILED`, `MANIFEST_INVALID` (the file is not the one that was opened)
 */
export async function openSession(
  source: ModelSource,
  input: string,
  settings: SessionSettings,
): Promise<OpenSession> {
  const model = await usableSource(source);
  const { InferenceSession, Tensor } = loadRuntime();
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    graphOptimizationLevel:
      model.kind === 'path' && model.isCompiled === true
        ? 'disabled'
        : settings.graphOptimizationLevel,
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    // A block planned for all tensors of a run comes on top of what the first run took piece by piece.
    // Measured, batches of 4 in two workers: resnet50 holds 370 MB with it and 276 without, a small
    // network 274 and 256, in the same time.
    enableMemPattern: false,
    logSeverityLevel: LOG_FATAL_ONLY,
    extra: { session: sessionEntries(model) },
  };
  const name = model.kind === 'path' ? model.path : `a model of ${model.bytes.length} bytes`;
  const session = await (
    model.kind === 'path'
      ? InferenceSession.create(model.path, options)
      : // The binding takes no shared memory.
        InferenceSession.create(new Uint8Array(model.bytes), options)
  ).catch((error: unknown) => {
    throw runtimeError(`load ${name}`, 'Check the file with the ONNX checker', error);
  });
  // The binding asks whether a name is in an object of buffers, and finds these in any object.
  const inherited = session.outputNames.filter((output) => output in Object.prototype);
  return {
    info: {
      inputs: session.inputMetadata.map(toValueInfo),
      outputs: session.outputMetadata.map(toValueInfo),
    },
    async run(tensor, outputs) {
      checkNames(outputs);
      // A plain object for float16: the Tensor class wants a Float16Array where there is one, and
      // the binding reads that as empty (onnxruntime issue 32323).
      const feed =
        tensor.dtype === 'float16'
          ? ({ type: 'float16', dims: tensor.shape, data: tensor.data, location: 'cpu' } as never)
          : new Tensor(tensor.dtype as 'float32', tensor.data as Float32Array, tensor.shape);
      const results = await session
        .run({ [input]: feed }, [...outputs, ...inherited])
        .catch((error: unknown) => {
          const shape = `[${tensor.shape.join(', ')}]`;
          throw runtimeError(`run ${name} on ${shape}`, 'Check that it takes such a batch', error);
        });
      return new Map(outputs.map((output) => [output, toTensor(output, results[output])]));
    },
    release: () => session.release(),
  };
}

/** Session configuration entries: https://github.com/microsoft/onnxruntime/blob/v1.30.0/include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h */
function sessionEntries(model: ModelSource): Record<string, unknown> {
  return {
    // Idle threads would burn a core each between runs, beside image decoding that needs them.
    intra_op: { allow_spinning: '0' },
    inter_op: { allow_spinning: '0' },
    ...(model.weightsFolder === null
      ? {}
      : { model_external_initializers_file_folder_path: model.weightsFolder }),
  };
}

/** The JavaScript API keeps outputs in plain objects, of which this name cannot be a key. */
function checkNames(outputs: readonly string[]): void {
  if (!outputs.includes('__proto__')) return;
  const advice = 'Tap the original model again and give the output another name';
  throw runtimeError('return the output __proto__', advice, new Error('no key of an object'));
}

/**
 * By `require`: it is CommonJS, which `import` reads through once more to find the names that it
 * exports. Measured for two workers that do nothing else: 30 ms against 37.
 */
function loadRuntime(): typeof import('onnxruntime-node') {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');
  } catch (error) {
    throw new FeaturetapError(
      'RUNTIME_FAILED',
      `Expected to load onnxruntime on ${process.platform}-${process.arch}, but its native part is ` +
        'missing or does not fit this machine. See the README for the platforms it has.',
      { cause: error },
    );
  }
}

function toValueInfo(metadata: InferenceSession.ValueMetadata): ValueInfo {
  const { name } = metadata;
  return metadata.isTensor
    ? { name, dtype: metadata.type, shape: [...metadata.shape] }
    : { name, dtype: null, shape: [] };
}

function toTensor(name: string, tensor: OrtTensor | undefined): Tensor {
  const data: unknown = tensor?.data;
  if (tensor === undefined || !isDType(tensor.type) || !ArrayBuffer.isView(data)) {
    const got = tensor === undefined ? 'nothing' : tensor.type;
    throw runtimeError(`return ${name} as numbers, got ${got}`, 'Tap other values', undefined);
  }
  const { buffer, byteOffset, byteLength } = data;
  const Elements = TYPED_ARRAYS[tensor.type];
  // A new view: float16 may come as Float16Array, and is raw bits here.
  const view = new Elements(
    buffer as ArrayBuffer,
    byteOffset,
    byteLength / Elements.BYTES_PER_ELEMENT,
  );
  return { dtype: tensor.type, shape: [...tensor.dims], data: view };
}

function runtimeError(task: string, advice: string, cause: unknown): FeaturetapError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new FeaturetapError(
    'RUNTIME_FAILED',
    `Expected onnxruntime to ${task}, but it failed${reason}. ${advice}.`,
    { cause },
  );
}
