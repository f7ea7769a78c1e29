import { FeaturetapError } from '@featuretap/core/spec';
import type { FieldDtype } from '../passes/field-value.js';

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
 * Numbers as `raw_data` of a tensor: little-endian, rounded to nearest (ties to even) for float16.
 *
 * @param what - what the numbers are, for messages.
 * @throws FeaturetapError `INPUT_INVALID` for a number that float16 cannot hold
 */
export function encodeFloats(values: Float32Array, dtype: FieldDtype, what: string): Uint8Array {
  if (dtype === 'float16') {
    const view = new DataView(new ArrayBuffer(2 * values.length));
    float16s(values, what).forEach((half, i) => view.setUint16(2 * i, half, true));
    return new Uint8Array(view.buffer);
  }
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  return new Uint8Array(view.buffer);
}
