import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import { planTaps } from '../../src/plan-taps.js';
import { readModel } from '../../src/proto/read-model.js';
import { initializerPath } from '../../src/scopes/initializer-path.js';
import { kerasPath, splitLayerName, zooPath } from '../../src/scopes/layer-name-path.js';
import { isFound } from '../../src/taps/plan.js';
import { buildModel, SMALL_CNN } from '../build-model.js';

describe('splitLayerName', () => {
  it.each([
    ['conv2_block1_1_conv', ['conv2', 'block1', '1', 'conv']],
    ['block_3_expand_relu', ['block3', 'expand', 'relu']],
    ['block2a_expand_conv', ['block2a', 'expand', 'conv']],
    ['res2_0_branch2a', ['res2', '0', 'branch2a']],
    ['__a__1', ['a1']],
    ['', []],
  ])('%s', (name, segments) => {
    expect(splitLayerName(name)).toEqual(segments);
  });
});

describe('kerasPath', () => {
  it.each([
    [
      'StatefulPartitionedCall/resnet50/conv2_block1_out/Relu',
      ['resnet50', 'conv2', 'block1', 'out'],
    ],
    ['model_1/block_3_expand/Conv2D', ['block3', 'expand']],
    ['/layer1/layer1.0/conv1/Conv', null],
    ['Conv_0', null],
    [`a/${'b_'.repeat(5000)}/Relu`, null],
  ])('%.60s', (name, path) => {
    expect(kerasPath(name)).toEqual(path);
  });
});

describe('zooPath', () => {
  it.each([
    ['gpu_0/res2_0_branch2a_1', ['res2', '0', 'branch2a']],
    ['resnetv17_stage1_conv0_fwd', ['resnetv17', 'stage1', 'conv0']],
    ['conv2d_0.tmp_0', null],
    ['495', null],
  ])('%s', (name, path) => {
    expect(zooPath(name)).toEqual(path);
  });
});

describe('initializerPath', () => {
  const node = (weight: string) =>
    ({ inputs: ['x', weight] }) as unknown as Parameters<typeof initializerPath>[0];

  it.each([
    ['layer1.0.conv1.weight', ['layer1', '0', 'conv1']],
    ['onnx::Conv_202', null],
    ['layer1..weight', null],
    ['scope/kernel.weight', null],
    ['.weight', null],
  ])('%s', (weight, path) => {
    expect(initializerPath(node(weight))).toEqual(path);
  });
});

const LAYERS = ['conv1_conv', 'conv1_relu', 'conv2_block1_conv', 'conv2_block1_add'];
const MORE = ['conv2_block1_out', 'conv3_block1_conv', 'conv3_block1_out'];

/** SMALL_CNN with a third level, under names that `nameOf` makes of layers. */
async function planNamed(nameOf: (layer: string, op: string) => string) {
  const layers = [...LAYERS, ...MORE];
  const nodes = SMALL_CNN.nodes.map((node, i) => ({
    ...node,
    name: nameOf(layers[i] ?? `head_${i}`, node.op),
  }));
  const model = buildModel({ ...SMALL_CNN, nodes });
  return planTaps(await readModel(bytesSource(model)));
}

describe('planTaps', () => {
  it('takes Keras layers for modules', async () => {
    const { record } = await planNamed((layer, op) => `StatefulPartitionedCall/net/${layer}/${op}`);
    expect(record.stages.filter(isFound).map(({ value, evidence }) => [value, evidence])).toEqual([
      ['r1', 'scopes'],
      ['r2', 'scopes'],
    ]);
    expect(record.stages.find(isFound)?.module).toBe('net.conv2.block1.out');
  });

  it('takes operators that are only counted for no modules', async () => {
    let count = 0;
    const { record } = await planNamed((_layer, op) => `${op}_${count++}`);
    const kinds = new Set(record.stages.filter(isFound).map(({ evidence }) => evidence));
    expect([...kinds]).toEqual(['structure']);
  });
});
