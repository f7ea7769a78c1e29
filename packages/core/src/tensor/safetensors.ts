import { DTYPE_BYTES, type DType } from '../spec/dtype.js';
import {
  MAX_SAFETENSORS_HEADER_BYTES,
  parseSafetensorsHeader,
  SAFETENSORS_DTYPES,
  SAFETENSORS_METADATA,
  safetensorsError,
} from './safetensors-header.js';
import { elementsFromBytes, tensorBytes } from './tensor-bytes.js';
import { checkTensor, type Tensor } from './tensor.js';

/** The header's own length stands in front of it, as a little-endian uint64. */
const LENGTH_BYTES = 8;

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of the file's header. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Free text by key; empty when the file has none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file.
 *
 * Checks what the reference implementation checks: header at most 100 MB, ranges that fit dtype and
 * shape, and tensors that cover the data without holes or overlaps.
 *
 * @throws FeaturetapError `INPUT_INVALID`
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < LENGTH_BYTES) {
    throw safetensorsError('8 bytes of header length', `${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_SAFETENSORS_HEADER_BYTES)) {
    throw safetensorsError(
      `a header of at most ${MAX_SAFETENSORS_HEADER_BYTES} bytes`,
      `${length}`,
    );
  }
  const start = LENGTH_BYTES + Number(length);
  if (start > bytes.length) {
    throw safetensorsError(`${length} bytes of header`, `${bytes.length - LENGTH_BYTES}`);
  }
  const data = bytes.subarray(start);
  const header = parseSafetensorsHeader(bytes.subarray(LENGTH_BYTES, start), data.length);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    tensors.set(name, { dtype, shape, data: elementsFromBytes(dtype, data.subarray(begin, end)) });
  }
  return { tensors, metadata: header.metadata };
}

/**
 * Writes tensors as a safetensors file; the same bytes as the reference implementation.
 *
 * Large elements come first, then by name, so that every tensor is aligned to its element; the
 * data begins at a multiple of 8 bytes.
 *
 * @param tensors - by name.
 * @param metadata - free text by key, written in the order given.
 * @throws FeaturetapError `INPUT_INVALID` when dtype, shape and data of a tensor do not agree
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).sort(byDTypeThenName);
  const header = new Map<string, unknown>();
  if (metadata !== undefined) header.set(SAFETENSORS_METADATA, metadata);
  let end = 0;
  for (const [name, tensor] of entries) {
    if (name === SAFETENSORS_METADATA) throw safetensorsError('another tensor name', name);
    checkTensor(tensor, `the tensor ${name}`);
    const begin = end;
    end += tensor.data.length * DTYPE_BYTES[tensor.dtype];
    const dtype = SAFETENSORS_DTYPES[dtypeRank(tensor.dtype)]![1];
    header.set(name, { dtype, shape: tensor.shape, data_offsets: [begin, end] });
  }
  const text = new TextEncoder().encode(jsonObject(header));
  const start = LENGTH_BYTES + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  bytes.fill(0x20, LENGTH_BYTES + text.length, start);
  bytes.set(text, LENGTH_BYTES);
  let at = start;
  for (const [, tensor] of entries) {
    const payload = tensorBytes(tensor);
    bytes.set(payload, at);
    at += payload.length;
  }
  return bytes;
}

/** JSON.stringify of an object would move names that look like integers to the front. */
function jsonObject(members: ReadonlyMap<string, unknown>): string {
  const parts = Array.from(members, ([name, value]) => {
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  return `{${parts.join(',')}}`;
}

type Entry = readonly [name: string, tensor: Tensor];

function byDTypeThenName([leftName, left]: Entry, [rightName, right]: Entry): number {
  const order = dtypeRank(right.dtype) - dtypeRank(left.dtype);
  if (order !== 0) return order;
  return Buffer.compare(Buffer.from(leftName), Buffer.from(rightName));
}

function dtypeRank(dtype: DType): number {
  return SAFETENSORS_DTYPES.findIndex(([name]) => name === dtype);
}
