import { bytesSource } from '@featuretap/core/wire';
import { expect, it } from 'vitest';
import { indexGraph } from '../../src/graph/graph-index.js';
import { emptyEdit } from '../../src/passes/graph-edit.js';
import { insertAdapter } from '../../src/passes/insert-adapter.js';
import { readModel } from '../../src/proto/read-model.js';
import { buildModel, SMALL_CNN } from '../build-model.js';

it('concat joins the values in the order listed, repeats included', async () => {
  const index = indexGraph(await readModel(bytesSource(buildModel(SMALL_CNN))));
  const adapter = { kind: 'concat' as const, values: ['flat', 'logits', 'logits'] };
  const { edit } = insertAdapter(emptyEdit(index), 'logits', adapter, 'pooled');
  expect(edit.nodes.map(({ opType, inputs }) => [opType, inputs])).toEqual([
    ['Concat', ['flat', 'logits', 'logits']],
  ]);
});
