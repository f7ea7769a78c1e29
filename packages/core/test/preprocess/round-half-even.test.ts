import { expect, it } from 'vitest';
import { roundHalfEven } from '../../src/preprocess/round-half-even.js';

it.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [57.5, 58],
  [58.5, 58],
  [-0.5, 0],
  [-1.5, -2],
  [2.4999999, 2],
  [2.5000001, 3],
  [7, 7],
])('rounds %d to %i', (value, expected) => {
  expect(roundHalfEven(value) + 0).toBe(expected);
});
