/**
 * Rounds to the nearest integer and halves to the even one, as `round` of Python does.
 *
 * `Math.round` sends halves up, which moves the crop by a pixel for every other odd difference.
 */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest < 0.5) return low;
  if (rest > 0.5) return low + 1;
  return low % 2 === 0 ? low : low + 1;
}
