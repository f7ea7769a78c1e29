import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  concatBytes,
  messageField,
  stringField,
  varint,
  varintField,
} from '../src/proto/encode.js';
import { DATA_TYPE, GRAPH, MODEL, TENSOR } from '../src/proto/fields.js';
import { buildModel, type ModelSpec } from './build-model.js';
import { readWire } from './read-wire.js';

/**
 * Writes a model with one more initializer, whose payload is a hole in the file: it takes no room on
 * the disk, however large it is.
 */
export function writeHugeModel(
  path: string,
  spec: ModelSpec,
  { name, dims }: { readonly name: string; readonly dims: readonly number[] },
): void {
  const fields = readWire(buildModel(spec));
  const graph = fields.find(({ field }) => field === MODEL.graph)!;
  const payload = dims.reduce((product, dim) => product * dim, 4);
  const header = concatBytes([
    ...dims.map((dim) => varintField(TENSOR.dims, dim)),
    varintField(TENSOR.dataType, DATA_TYPE.float32),
    stringField(TENSOR.name, name),
    varint(TENSOR.rawData * 8 + 2),
    varint(payload),
  ]);
  const tensor = concatBytes([
    varint(GRAPH.initializer * 8 + 2),
    varint(header.length + payload),
    header,
  ]);
  const before = fields.slice(0, fields.indexOf(graph)).map(({ whole }) => whole);
  const behind = fields.slice(fields.indexOf(graph) + 1).map(({ whole }) => whole);
  const front = concatBytes([
    ...before,
    varint(MODEL.graph * 8 + 2),
    varint(graph.bytes.length + tensor.length + payload),
    graph.bytes,
    tensor,
  ]);
  const file = openSync(path, 'w');
  try {
    writeSync(file, front, 0, front.length, 0);
    ftruncateSync(file, front.length + payload);
    const back = concatBytes(behind);
    writeSync(file, back, 0, back.length, front.length + payload);
  } finally {
    closeSync(file);
  }
}

/** A sparse weight of a graph: `values` at `indices` of the flattened tensor, zeros elsewhere. */
export function sparseInitializer(
  name: string,
  dims: readonly number[],
  entries: ReadonlyMap<number, number>,
): Uint8Array {
  const values = Float32Array.from(entries.values());
  const indices = BigInt64Array.from(entries.keys(), BigInt);
  const tensor = (type: number, raw: Uint8Array, label: string): Uint8Array =>
    concatBytes([
      varintField(TENSOR.dims, entries.size),
      varintField(TENSOR.dataType, type),
      ...(label === '' ? [] : [stringField(TENSOR.name, label)]),
      varint(TENSOR.rawData * 8 + 2),
      varint(raw.length),
      raw,
    ]);
  return messageField(GRAPH.sparseInitializer, [
    messageField(1, [tensor(DATA_TYPE.float32, new Uint8Array(values.buffer), name)]),
    messageField(2, [tensor(DATA_TYPE.int64, new Uint8Array(indices.buffer), '')]),
    ...dims.map((dim) => varintField(3, dim)),
  ]);
}
