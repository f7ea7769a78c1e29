// Inlines calls in whole models, and runs models whose input is `x`, float [2, 3].
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { bytesField, concatBytes } from '../src/proto/encode.js';
import { GRAPH, MODEL } from '../src/proto/fields.js';
import type { Model } from '../src/proto/model.js';
import { readFunctions } from '../src/proto/read-functions.js';
import { inlinePaths, type InlinedPaths } from '../src/passes/inline-path.js';
import { opsetField, outputField } from './build-function.js';
import { parse } from './read-fixture.js';
import { readWire } from './read-wire.js';

/** Names that exist in a main graph. */
function namesOf({ graph }: Model): Set<string> {
  return new Set([
    ...graph.nodes.flatMap(({ inputs, outputs, captures }) => [...inputs, ...outputs, ...captures]),
    ...graph.initializers.map(({ name }) => name),
    ...graph.inputs.map(({ name }) => name),
  ]);
}

export async function inlineIn(bytes: Uint8Array, paths: readonly string[]): Promise<InlinedPaths> {
  const model = await parse(bytes);
  const names = namesOf(model);
  const functions = await readFunctions(model.source, model.functions);
  return inlinePaths(model, functions, paths, { isTaken: (name) => names.has(name) });
}

/** The model with calls replaced, and with values as more outputs; by an independent reader. */
export function applyInlined(
  bytes: Uint8Array,
  { values, replaced, missingOpsets }: Omit<InlinedPaths, 'given'>,
): Uint8Array {
  const standsAt = new Map([...replaced].map(([at, fields]) => [at.start, fields]));
  const offset = (part: Uint8Array): number => part.byteOffset - bytes.byteOffset;
  const model = readWire(bytes).map((field) => {
    if (field.field !== MODEL.graph) return field.whole;
    const graph = readWire(field.bytes).map(({ whole }) => standsAt.get(offset(whole)) ?? whole);
    const isOutput = new Set(
      readWire(field.bytes)
        .filter((part) => part.field === GRAPH.output)
        .map((part) => Buffer.from(readWire(part.bytes)[0]!.bytes).toString()),
    );
    const added = [...new Set(values.values())].filter((name) => !isOutput.has(name));
    return bytesField(MODEL.graph, concatBytes([...graph, ...added.map(outputField)]));
  });
  const opsets = [...missingOpsets].map(([domain, version]) =>
    opsetField(MODEL.opsetImport, domain, version),
  );
  return concatBytes([...model, ...opsets]);
}

export async function runFloats(
  model: Uint8Array,
  input: readonly number[],
): Promise<Map<string, Tensor>> {
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const results = await session.run({ x: new Tensor('float32', Float32Array.from(input), [2, 3]) });
  const outputs = new Map(session.outputNames.map((name) => [name, results[name]!]));
  await session.release();
  return outputs;
}
