import { DTYPE_BYTES, type DType } from '../spec/dtype.js';
import { FeaturetapError } from '../spec/errors.js';
import { elementsFromBytes, tensorBytes } from './tensor-bytes.js';
import { checkTensor, elementCount, type Tensor } from './tensor.js';

// Format: https://numpy.org/doc/2.3/reference/generated/numpy.lib.format.html

/** Longest header that is read, bytes; numpy's own default limit (`max_header_size`). */
export const MAX_NPY_HEADER_BYTES = 10_000;

/** Most axes of an array; numpy's own limit since 2.0. */
const MAX_AXES = 64;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const ALIGNMENT = 64;

/** numpy's name of each dtype that has one. */
const DESCRIPTIONS: readonly (readonly [DType, string])[] = [
  ['float32', '<f4'],
  ['float64', '<f8'],
  ['float16', '<f2'],
  ['int8', '|i1'],
  ['uint8', '|u1'],
  ['int16', '<i2'],
  ['uint16', '<u2'],
  ['int32', '<i4'],
  ['uint32', '<u4'],
  ['int64', '<i8'],
  ['uint64', '<u8'],
  ['bool', '|b1'],
];

/**
 * Reads a numpy `.npy` file: versions 1 to 3, little-endian numbers or bool, C order.
 *
 * @throws FeaturetapError `INPUT_INVALID` for anything else, and for a header that does not agree
 * with the number of bytes
 */
export function readNpy(bytes: Uint8Array): Tensor {
  if (bytes.length < 10 || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw invalid('the signature of a .npy file', `${bytes.length} bytes that begin otherwise`);
  }
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw invalid('format version 1, 2 or 3', `${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengthBytes = version === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (bytes.length < start) throw invalid('a header', 'the end of the file');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_NPY_HEADER_BYTES) {
    throw invalid(`a header of at most ${MAX_NPY_HEADER_BYTES} bytes`, `${length}`);
  }
  if (bytes.length < start + length) throw invalid(`${length} bytes of header`, 'fewer');
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));
  const { dtype, shape } = parseHeader(header);
  const payload = bytes.subarray(start + length);
  const count = elementCount(shape);
  if (payload.length !== count * DTYPE_BYTES[dtype]) {
    const expected = `${count * DTYPE_BYTES[dtype]} bytes of ${dtype} for shape (${shape.join(', ')})`;
    throw invalid(expected, `${payload.length}`);
  }
  return { dtype, shape, data: elementsFromBytes(dtype, payload) };
}

/**
 * Writes a tensor as numpy's `.npy`, version 1; the same bytes as `numpy.save`.
 *
 * @throws FeaturetapError `INPUT_INVALID` when dtype, shape and data do not agree
 */
export function writeNpy(tensor: Tensor): Uint8Array<ArrayBuffer> {
  checkTensor(tensor, 'the tensor to write');
  const description = DESCRIPTIONS.find(([dtype]) => dtype === tensor.dtype)![1];
  const [only, ...more] = tensor.shape;
  const axes = only !== undefined && more.length === 0 ? `${only},` : tensor.shape.join(', ');
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': (${axes}), }`;
  // Room to grow the first axis in place: numpy pads for 21 digits before it aligns.
  const growth = tensor.shape.length > 0 ? Math.max(0, 21 - String(only).length) : 0;
  const unpadded = 10 + text.length + growth + 1;
  const end = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const header = `${text.padEnd(end - 11)}\n`;
  const payload = tensorBytes(tensor);
  const bytes = new Uint8Array(end + payload.length);
  bytes.set(MAGIC);
  bytes.set([1, 0], 6);
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(payload, end);
  return bytes;
}

/** The header is a Python dict literal; only what numpy itself writes is read. */
function parseHeader(text: string): { dtype: DType; shape: number[] } {
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const axes = /'shape': *\(([0-9, ]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || axes === undefined) {
    throw invalid('one array of numbers with descr, fortran_order and shape', text.trim());
  }
  if (order === 'True') throw invalid('C order', 'Fortran order');
  // One-byte types may be written with any byte-order mark.
  const plain = /^[<>=|][iub]1$/.test(descr) ? `|${descr.slice(1)}` : descr;
  const dtype = DESCRIPTIONS.find(([, name]) => name === plain)?.[0];
  if (dtype === undefined) {
    throw invalid(`a dtype of ${DESCRIPTIONS.map(([, name]) => name).join(', ')}`, descr);
  }
  const parts = axes.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.includes('') || parts.length > MAX_AXES) throw invalid('a shape', `(${axes})`);
  return { dtype, shape: parts.map(Number) };
}

function invalid(expected: string, got: string): FeaturetapError {
  const shown = got.length > 200 ? `${got.slice(0, 200)}…` : got;
  return new FeaturetapError(
    'INPUT_INVALID',
    `Expected ${expected} in a .npy file, got ${shown}. Write it with numpy.save, from a C-contiguous array of numbers.`,
  );
}
