import type { EnergyMap } from './channel-energy.js';

/**
 * Enlarges a map smoothly; positions are pixel centres, as in image resizing, and the edge repeats.
 */
export function upsampleBilinear(map: EnergyMap, width: number, height: number): EnergyMap {
  if (map.width === width && map.height === height) return map;
  const columns = axis(map.width, width);
  const rows = axis(map.height, height);
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    const top = rows.first[y]! * map.width;
    const bottom = rows.second[y]! * map.width;
    const down = rows.weight[y]!;
    for (let x = 0; x < width; x++) {
      const left = columns.first[x]!;
      const right = columns.second[x]!;
      const across = columns.weight[x]!;
      const above = map.values[top + left]! * (1 - across) + map.values[top + right]! * across;
      const below =
        map.values[bottom + left]! * (1 - across) + map.values[bottom + right]! * across;
      values[y * width + x] = above * (1 - down) + below * down;
    }
  }
  return { width, height, values };
}

/** For each output position: its two neighbours, and how far it is towards the second. */
function axis(from: number, to: number) {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    first[i] = Math.floor(at);
    second[i] = Math.min(first[i]! + 1, from - 1);
    weight[i] = at - first[i]!;
  }
  return { first, second, weight };
}
