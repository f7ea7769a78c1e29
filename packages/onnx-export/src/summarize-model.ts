import type { Model } from './proto/model.js';

/** What a file says of itself. */
export interface ModelSummary {
  /** Program that wrote the file, with its version. */
  readonly producer: string;
  /** Version of ONNX's own operator set; 0 when the file does not say. */
  readonly opset: number;
  /** Nodes of the main graph. */
  readonly nodes: number;
  /** Payload of the initializers, bytes, wherever it is stored. */
  readonly weightBytes: number;
}

/** Summarizes a model without reading its weights. */
export function summarizeModel(model: Model): ModelSummary {
  const { producerName, producerVersion, opsets, graph } = model;
  return {
    producer: [producerName, producerVersion].filter((part) => part !== '').join(' '),
    opset: opsets.get('') ?? 0,
    nodes: graph.nodes.length,
    weightBytes: graph.initializers.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0),
  };
}
