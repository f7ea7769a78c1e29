const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/**
 * The raw bits of the float16 nearest to a number, ties to even.
 *
 * Source: IEEE 754-2008, binary16: 1 sign bit, 5 exponent bits with bias 15, 10 fraction bits.
 * Takes the float32 nearest to `number` first, as a Cast from float32 does.
 */
export function toFloat16Bits(number: number): number {
  value[0] = number;
  const single = bits[0]!;
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x4780_0000) return sign | 0x7c00; // 65536 and above, and infinity
  if (magnitude >= 0x3880_0000) {
    // Normal: rebias the exponent by 15 - 127, then round 13 bits away; a carry goes into the
    // exponent, where it is right, up to infinity.
    return sign | roundBits(magnitude - 0x3800_0000, 13);
  }
  if (magnitude < 0x3300_0000) return sign; // below half of the smallest subnormal
  const fraction = (magnitude & 0x007f_ffff) | 0x0080_0000;
  return sign | roundBits(fraction, 126 - (magnitude >>> 23));
}

/** Shifts right by `count` bits and rounds to nearest, ties to even. */
function roundBits(integer: number, count: number): number {
  const kept = integer >>> count;
  const rest = integer & ((1 << count) - 1);
  const half = 1 << (count - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** The number that the raw bits of a float16 stand for; exact. */
export function fromFloat16Bits(half: number): number {
  const sign = (half & 0x8000) === 0 ? 1 : -1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x03ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
