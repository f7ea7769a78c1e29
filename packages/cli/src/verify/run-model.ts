import type { Tensor } from '@featuretap/core';
import { FeaturetapError } from '@featuretap/core/spec';
import { printableName } from '@featuretap/core/wire';

/** Outputs of one run, by name. */
export type Outputs = ReadonlyMap<string, Tensor>;

/** How much onnxruntime rewrites the graph. */
export type OptimizationLevel = 'disabled' | 'all';

/** Runs a model once, tapped or not, on one thread so that results can be compared bit by bit. */
export async function runModel(
  file: string,
  input: { readonly name: string; readonly tensor: Tensor },
  graphOptimizationLevel: OptimizationLevel,
): Promise<Outputs> {
  // Before the binding loads: it would otherwise report its use.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const ort = await import('onnxruntime-node');
  try {
    const session = await ort.InferenceSession.create(file, {
      graphOptimizationLevel,
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    const { dtype, shape, data } = input.tensor;
    const feed = new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
    const results = await session.run({ [input.name]: feed });
    const outputs = new Map<string, Tensor>();
    for (const name of session.outputNames) {
      const result = results[name];
      if (result === undefined) continue;
      const { type, dims, data: values } = result;
      outputs.set(name, { dtype: type, shape: dims, data: values } as Tensor);
    }
    await session.release();
    return outputs;
  } catch (cause) {
    throw new FeaturetapError(
      'RUNTIME_FAILED',
      `Expected onnxruntime to run ${file}, got: ${printableName(String(cause), 1000)}. Check that it ` +
        'is an ONNX model and takes the input of the tapped file.',
      { cause },
    );
  }
}
