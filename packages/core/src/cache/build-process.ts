// A process of its own: onnxruntime optimises a model on the thread that creates the session, for
// seconds and with several times the model's memory, which goes back to the system when this ends.
import { InferenceSession } from 'onnxruntime-node';
import type { BuildRequest } from './build-entry.js';

/** Weights from which they are written beside the graph, bytes. */
const MIN_EXTERNAL_BYTES = '1024';

const { model, weightsFolder, output, data, graphOptimizationLevel } = JSON.parse(
  process.argv[2] ?? '{}',
) as BuildRequest;

/** An error ends the process with its message; onnxruntime would print it as well. */
const LOG_FATAL_ONLY = 4;

const session = await InferenceSession.create(model, {
  executionProviders: ['cpu'],
  graphOptimizationLevel,
  intraOpNumThreads: 1,
  logSeverityLevel: LOG_FATAL_ONLY,
  optimizedModelFilePath: output,
  extra: {
    session: {
      optimized_model_external_initializers_file_name: data,
      optimized_model_external_initializers_min_size_in_bytes: MIN_EXTERNAL_BYTES,
      save_external_prepacked_constant_initializers: '1',
      ...(weightsFolder === null
        ? {}
        : { model_external_initializers_file_folder_path: weightsFolder }),
    },
  },
});
await session.release();
