import { describe, expect, it } from 'vitest';
import { bytesSource } from '@featuretap/core/wire';
import { MAX_FUNCTIONS, MAX_MESSAGE_BYTES } from '../../src/limits.js';
import { concatBytes, messageField, stringField, varintField } from '../../src/proto/encode.js';
import { MODEL } from '../../src/proto/fields.js';
import { functionKey } from '../../src/proto/local-function.js';
import { MAX_FUNCTION_BYTES, readFunctions } from '../../src/proto/read-functions.js';
import { functionField, functionModel, nodeBytes, type FunctionParts } from '../build-function.js';
import { parse } from '../read-fixture.js';

const NODE = { op: 'Relu', inputs: ['a'], outputs: ['r'] };
const F: FunctionParts = { name: 'f', inputs: ['a', 'b'], outputs: ['r'], nodes: [NODE] };

async function read(functions: readonly FunctionParts[]) {
  const model = await parse(functionModel([{ ...NODE, inputs: ['x'], outputs: ['y'] }], functions));
  return readFunctions(model.source, model.functions);
}

/** Functions whose places say that they are large; what is read of them is only a name. */
function fakes(count: number, bytes: number) {
  let reads = 0;
  const source = {
    ...bytesSource(new Uint8Array()),
    read: () => Promise.resolve(stringField(1, `f${reads++}`)),
  };
  const range = { start: 0, valueStart: 0, end: bytes };
  return readFunctions(
    source,
    Array.from({ length: count }, () => range),
  );
}

describe('readFunctions', () => {
  it('reads declarations, and bodies as bytes', async () => {
    const functions = await read([
      { ...F, domain: 'ai.onnx', overload: 'two', opsets: { 'ai.onnx': 18, custom: 3 } },
      F,
    ]);
    expect(functions.size).toBe(2);
    const [first] = functions.values();
    expect(first).toMatchObject({
      domain: '',
      name: 'f',
      overload: 'two',
      inputs: ['a', 'b'],
      outputs: ['r'],
      attributes: [],
      opsets: new Map([
        ['', 18],
        ['custom', 3],
      ]),
    });
    expect(first!.nodes.map((node) => Buffer.from(node))).toEqual([Buffer.from(nodeBytes(NODE))]);
    expect(functions.get(functionKey({ domain: 'local', name: 'f', overload: '' }))?.name).toBe(
      'f',
    );
  });

  it('reads attributes with and without default', async () => {
    const attribute = concatBytes([stringField(1, 'beta'), varintField(3, 7)]);
    const message = concatBytes([
      stringField(1, 'f'),
      stringField(6, 'alpha'),
      messageField(11, [attribute]),
    ]);
    const bytes = messageField(MODEL.functions, [message]);
    const valueStart = bytes.length - message.length;
    const at = { start: 0, valueStart, end: bytes.length };
    const [fn] = (await readFunctions(bytesSource(bytes), [at])).values();
    expect(fn!.attributes).toEqual(['alpha']);
    expect([...fn!.attributeDefaults]).toEqual([['beta', attribute]]);
    expect(fn!.at).toBe(at);
  });

  it('refuses two functions of one identity', async () => {
    await expect(read([F, F])).rejects.toMatchObject({ code: 'MODEL_MALFORMED' });
  });

  it.each([
    ['functions', MAX_FUNCTIONS + 1, 0],
    ['bytes in one', 1, MAX_MESSAGE_BYTES + 1],
    ['bytes together', MAX_FUNCTION_BYTES / MAX_MESSAGE_BYTES + 1, MAX_MESSAGE_BYTES],
  ])('refuses too many %s', async (_, count, bytes) => {
    await expect(fakes(count, bytes)).rejects.toMatchObject({ code: 'MODEL_LIMIT' });
  });

  it('reads as much as the limits allow', async () => {
    const count = MAX_FUNCTION_BYTES / MAX_MESSAGE_BYTES;
    expect((await fakes(count, MAX_MESSAGE_BYTES)).size).toBe(count);
  });

  it('reports bytes that end too early at their place in the file', async () => {
    const bytes = functionField(F).slice();
    // The name's length, one byte behind its tag, now passes the end of the function.
    const at = { start: 0, valueStart: bytes.length - 40, end: bytes.length };
    bytes.set([10, 100], at.valueStart);
    await expect(readFunctions(bytesSource(bytes), [at])).rejects.toMatchObject({
      code: 'MODEL_TRUNCATED',
      message: expect.stringContaining(`byte ${at.valueStart + 2}`),
    });
  });
});
