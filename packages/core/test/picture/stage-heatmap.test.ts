import { describe, expect, it } from 'vitest';
import { channelEnergy, type FeatureMap } from '../../src/picture/channel-energy.js';
import { colormapTable } from '../../src/picture/colormap.js';
import { robustRange } from '../../src/picture/robust-range.js';
import { stageHeatmap } from '../../src/picture/stage-heatmap.js';
import { upsampleBilinear } from '../../src/picture/upsample-bilinear.js';

function map(
  shape: readonly number[],
  values: readonly number[],
  layout: 'NCHW' | 'NHWC' = 'NCHW',
): FeatureMap {
  return { dtype: 'float32', shape, layout, data: Float32Array.from(values) };
}

/** One channel, 10 x 10 positions with a bright object at (6, 3). */
function spot(): number[] {
  const values = new Array<number>(100).fill(1);
  values[3 * 10 + 6] = 5;
  return values;
}

describe('channelEnergy', () => {
  it('is the root mean square over channels', () => {
    const stage = map([1, 2, 1, 2], [3, 0, -4, 1]);
    const { width, height, values } = channelEnergy(stage);
    expect([width, height]).toEqual([2, 1]);
    expect([...values]).toEqual([Math.sqrt(25 / 2), Math.sqrt(1 / 2)]);
  });

  it('is the same for channels that come last', () => {
    const last = channelEnergy(map([1, 1, 2, 2], [3, -4, 0, 1], 'NHWC'));
    expect(last).toEqual(channelEnergy(map([1, 2, 1, 2], [3, 0, -4, 1])));
  });

  it('takes one image of the batch', () => {
    expect([...channelEnergy(map([2, 1, 1, 2], [1, 2, 3, 4]), 1).values]).toEqual([3, 4]);
  });

  it('counts values that are no finite number as nothing', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, 2];
    expect([...channelEnergy(map([1, 1, 1, 3], values)).values]).toEqual([0, 0, 2]);
  });

  it.each<[string, FeatureMap, number, RegExp]>([
    ['tokens', { ...map([1, 2, 3], [1, 2, 3, 4, 5, 6]), layout: 'NLC' }, 0, /got NLC \[1, 2, 3\]/u],
    ['a row that is not there', map([1, 1, 1, 1], [1]), 1, /row from 0 to 0, got 1/u],
  ])('refuses %s', (_, stage, row, message) => {
    expect(() => channelEnergy(stage, row)).toThrow(message);
  });
});

describe('robustRange', () => {
  it('leaves the border out, where zero padding shows', () => {
    const values = new Float64Array(100).map((_, i) => {
      const [x, y] = [i % 10, Math.floor(i / 10)];
      return x === 0 || y === 0 || x === 9 || y === 9 ? 1000 : i / 100;
    });
    const [low, high] = robustRange({ width: 10, height: 10, values });
    expect(low).toBeGreaterThan(0.1);
    expect(high).toBeLessThan(1);
  });

  it('uses all of a small map', () => {
    const values = Float64Array.of(0, 1, 2, 3);
    expect(robustRange({ width: 2, height: 2, values })).toEqual([0, 3]);
  });
});

describe('upsampleBilinear', () => {
  it('interpolates between pixel centres and repeats the edge', () => {
    const energy = { width: 2, height: 1, values: Float64Array.of(0, 4) };
    const { values } = upsampleBilinear(energy, 4, 2);
    expect([...values]).toEqual([0, 1, 3, 4, 0, 1, 3, 4]);
  });
});

describe('stageHeatmap', () => {
  it('is brightest where the stage responds most', () => {
    const picture = stageHeatmap(map([1, 1, 10, 10], spot()), { width: 90, height: 90 });
    expect([picture.width, picture.height, picture.data.length]).toEqual([90, 90, 24_300]);
    const table = colormapTable('dusk');
    const at = (x: number, y: number) => [
      ...picture.data.subarray((y * 90 + x) * 3, (y * 90 + x) * 3 + 3),
    ];
    expect(at(58, 31)).toEqual([...table.subarray(-3)]);
    expect(at(18, 72)).toEqual([...table.subarray(0, 3)]);
  });

  it('has the size of the stage unless told otherwise', () => {
    const picture = stageHeatmap(map([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]), { colormap: 'gray' });
    expect([picture.width, picture.height]).toEqual([3, 2]);
    expect([...picture.data.filter((_, i) => i % 3 === 0)]).toEqual([0, 51, 102, 153, 204, 255]);
  });

  it('is one even shade for an even stage', () => {
    const { data } = stageHeatmap(map([1, 1, 2, 2], [3, 3, 3, 3]), { colormap: 'gray' });
    expect(new Set(data)).toEqual(new Set([0]));
  });

  it.each([
    { colour: 'gray' },
    { colormap: 'viridis' },
    { width: 0 },
    { height: 1e6 },
    { row: -1 },
  ])('refuses the options %j', (options) => {
    const code = 'OPTION_INVALID';
    const stage = map([1, 1, 1, 1], [1]);
    const draw = () => stageHeatmap(stage, options as object);
    expect(draw).toThrow(expect.objectContaining({ code }) as Error);
  });
});
