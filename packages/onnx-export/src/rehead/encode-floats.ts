import { FeaturetapError } from '@featuretap/core/spec';
import { DATA_TYPE } from '../proto/fields.js';

const number = new Float32Array(1);
const bits = new Uint32Array(number.buffer);

/** Drops low bits and rounds to nearest, ties to even; a carry goes on into the exponent. */
function roundBits(value: number, count: number): number {
  const kept = Math.floor(value / 2 ** count);
  const rest = value - kept * 2 ** count;
  const half = 2 ** (count - 1);
  return rest > half || (rest === half && kept % 2 === 1) ? kept + 1 : kept;
}

/** Raw bits of the float16 nearest to a finite number (IEEE 754-2008, binary16). */
function float16Bits(value: number): number {
  number[0] = value;
  const sign = (bits[0]! >>> 16) & 0x8000;
  const magnitude = bits[0]! & 0x7fff_ffff;
  const exponent = magnitude >>> 23;
  // Exponents have a bias of 127 in float32 and of 15 in float16; below 2^-14 numbers are subnormal.
  if (exponent >= 113) return sign | Math.min(roundBits(magnitude - (112 << 23), 13), 0x7c00);
  if (exponent < 102) return sign;
  return sign | roundBits((magnitude & 0x007f_ffff) | 0x0080_0000, 126 - exponent);
}

function float16s(values: Float32Array, what: string): Uint16Array {
  return Uint16Array.from(values, (value) => {
    const half = float16Bits(value);
    if ((half & 0x7fff) !== 0x7c00) return half;
    throw new FeaturetapError(
      'INPUT_INVALID',
      `Expected numbers between -65504 and 65504 in ${what}, because the model computes in ` +
        `float16, got ${value}. Scale them, or use the float32 model.`,
    );
  });
}

/**
 * Numbers as `raw_data` of a tensor: little-endian, rounded to nearest (ties to even) where the type
 * is narrower than float32.
 *
 * @param dataType - `TensorProto.DataType` number of float32, float16 or float64.
 * @param what - what the numbers are, for messages.
 * @throws FeaturetapError `INPUT_INVALID` for a number that float16 cannot hold, `MODEL_UNSUPPORTED`
 * for another type
 */
export function encodeFloats(values: Float32Array, dataType: number, what: string): Uint8Array {
  const halves = dataType === DATA_TYPE.float16 ? float16s(values, what) : null;
  const size = halves !== null ? 2 : dataType === DATA_TYPE.float64 ? 8 : 4;
  if (halves === null && dataType !== DATA_TYPE.float32 && dataType !== DATA_TYPE.float64) {
    throw new FeaturetapError(
      'MODEL_UNSUPPORTED',
      `Expected features in float32, float16 or float64, got data type ${dataType} of ` +
        'TensorProto.DataType. Export the model in float32.',
    );
  }
  const view = new DataView(new ArrayBuffer(values.length * size));
  values.forEach((value, i) => {
    if (halves !== null) view.setUint16(2 * i, halves[i]!, true);
    else if (size === 8) view.setFloat64(8 * i, value, true);
    else view.setFloat32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}
