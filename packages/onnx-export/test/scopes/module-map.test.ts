import { describe, expect, it } from 'vitest';
import type { ModuleMap } from '../../src/scopes/module-map.js';
import type { ModelSpec } from '../build-model.js';
import { CNN, contextOf, nameless, TOKENS } from '../catalogue/small-networks.js';

async function mapOf(spec: ModelSpec): Promise<ModuleMap> {
  return (await contextOf(spec)).modules;
}

/** A block whose skip leaves it as well: `a1` is used inside, and by `/outside`. */
const SKIP: ModelSpec = {
  ...CNN,
  nodes: [
    ...CNN.nodes.slice(0, 7),
    { op: 'GlobalAveragePool', inputs: ['l2'], output: 'p2', name: '/outside/GlobalAveragePool' },
    { op: 'GlobalAveragePool', inputs: ['a1'], output: 'p1', name: '/outside/GlobalAveragePool_1' },
    {
      op: 'Concat',
      inputs: ['p2', 'p1'],
      output: 'gap',
      name: '/outside/Concat',
      int: { axis: 1 },
    },
    ...CNN.nodes.slice(8),
  ],
  weights: { ...CNN.weights, fc: [10, 24] },
};

describe('createModuleMap', () => {
  it('has a module and every module around it', async () => {
    const map = await mapOf(TOKENS);
    expect(map.hasAny).toBe(true);
    for (const module of ['blocks', 'blocks.0', 'blocks.0.fc', 'norm']) {
      expect(map.has(module), module).toBe(true);
    }
    for (const module of ['', 'block', 'blocks.2', 'blocks.0.fc.x', '0', 'fc', '__proto__']) {
      expect(map.has(module), module).toBe(false);
    }
  });

  it('lists members in order, those of inner modules too', async () => {
    const map = await mapOf(CNN);
    const made = (module: string) => map.members(module).flatMap(({ outputs }) => outputs);
    expect(made('layer1')).toEqual(['c1', 'a1', 'l1']);
    expect(made('layer1.conv')).toEqual(['c1']);
    expect(made('layer3')).toEqual([]);
  });

  it('knows what leaves a module', async () => {
    const map = await mapOf(CNN);
    expect(map.outputs('stem')).toEqual(['stem']);
    expect(map.outputs('stem.conv')).toEqual(['s']);
    expect(map.outputs('layer1')).toEqual(['l1']);
    expect(map.outputs('nowhere')).toEqual([]);
  });

  it('knows two values that leave a module, in the order of the graph', async () => {
    expect((await mapOf(SKIP)).outputs('layer1')).toEqual(['a1', 'l1']);
  });

  it('counts outputs of the graph as leaving', async () => {
    expect((await mapOf(CNN)).outputs('fc')).toEqual(['logits']);
  });

  it('does not count as leaving what only a Shape reads', async () => {
    const map = await mapOf({
      ...CNN,
      nodes: [...CNN.nodes, { op: 'Shape', inputs: ['c1'], output: 'sizes', name: '/Shape' }],
    });
    expect(map.outputs('layer1')).toEqual(['l1']);
  });

  it('knows what enters a module, in order of first use and once', async () => {
    const map = await mapOf(SKIP);
    expect(map.inputs('layer1')).toEqual(['stem']);
    expect(map.inputs('stem')).toEqual(['input']);
    expect(map.inputs('outside')).toEqual(['l2', 'a1']);
    expect(map.inputs('nowhere')).toEqual([]);
  });

  it('leaves weights and constants out of what enters', async () => {
    const map = await mapOf(TOKENS);
    expect(map.inputs('blocks.0.fc')).toEqual(['tokens']);
    expect(map.inputs('patch_embed')).toEqual(['input']);
  });

  it('has nothing to tell where nodes have no names', async () => {
    const map = await mapOf(nameless(CNN));
    expect(map.hasAny).toBe(false);
    expect(map.outputs('layer1')).toEqual([]);
  });
});
