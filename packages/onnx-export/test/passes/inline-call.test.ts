import { describe, expect, it } from 'vitest';
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../../src/proto/encode.js';
import { ATTRIBUTE, GRAPH, NODE } from '../../src/proto/fields.js';
import { CALL, REFERENCE } from '../../src/proto/function-fields.js';
import type { LocalFunction } from '../../src/proto/local-function.js';
import type { InlineOptions } from '../../src/passes/inline-call.js';
import { MAX_INLINED_BYTES } from '../../src/passes/inline-names.js';
import {
  graphAttribute,
  intAttribute,
  metadataField,
  nodeBytes,
  nodeField,
  outputField,
  reference,
  type NodeParts,
} from '../build-function.js';
import {
  body,
  CALL_OF_F,
  fn,
  inline,
  messages,
  texts,
  wiring,
  type FunctionOf,
} from '../inline-function.js';

const TWO_NODES: FunctionOf = {
  nodes: [
    { op: 'Relu', inputs: ['a'], outputs: ['h'] },
    { op: 'Neg', inputs: ['h'], outputs: ['r'] },
  ],
};

describe('inlineCall', () => {
  it('puts what the call gives and gets in, and prefixes the rest', () => {
    const { nodes, names, given } = inline(fn(TWO_NODES));
    expect(wiring(nodes)).toEqual(['x>p/h', 'p/h>y']);
    expect([...names]).toEqual([
      ['a', 'x'],
      ['h', 'p/h'],
      ['r', 'y'],
    ]);
    expect([...given]).toEqual(['p/h']);
  });

  it.each<[string, Partial<InlineOptions> & { readonly call?: string[] }, string]>([
    ['a name of the graph', { isTaken: (name) => name === 'p/h' }, 'p/h_1'],
    ['two names of the graph', { isTaken: (name) => /^p\/h(_1)?$/.test(name) }, 'p/h_2'],
    ['what the call gives', { prefix: '', call: ['h'] }, 'h_1'],
  ])('gives a value another name than %s', (_, { call, ...options }, name) => {
    const { names } = inline(fn(TWO_NODES), call === undefined ? {} : { inputs: call }, options);
    expect(names.get('h')).toBe(name);
  });

  it('gives nodes names that no other node has', () => {
    const { nodes, givenNodes } = inline(
      fn({
        nodes: [
          { op: 'Relu', inputs: ['a'], outputs: ['h'], name: 'act' },
          { op: 'Neg', inputs: ['h'], outputs: ['r'], name: 'act' },
        ],
      }),
      {},
      { isNodeTaken: (name) => name === 'p/act' },
    );
    expect(nodes.map((node) => texts(node, NODE.name))).toEqual([['p/act_1'], ['p/act_2']]);
    expect([...givenNodes]).toEqual(['p/act_1', 'p/act_2']);
  });

  it('joins names that are not UTF-8 as bytes', () => {
    const { names } = inline(fn(TWO_NODES), {}, { prefix: 'é\udc80/' });
    // The bytes of é, which cannot be told from others any more.
    expect(names.get('h')).toBe('\udce9\udc80/h');
    expect(inline(fn(TWO_NODES), {}, { prefix: 'é中/' }).names.get('h')).toBe('é中/h');
  });

  it('prefixes names of nodes, and leaves nodes without one', () => {
    const { nodes } = inline(
      fn({
        nodes: [
          { op: 'Relu', inputs: ['a'], outputs: ['h'], name: 'act' },
          { op: 'Neg', inputs: ['h'], outputs: ['r'] },
        ],
      }),
    );
    expect(nodes.map((node) => texts(node, NODE.name))).toEqual([['p/act'], []]);
  });

  it.each([
    ['fewer', ['x'], 'x,,'],
    ['empty', ['x', '', ''], 'x,,'],
    ['some', ['x', '', 'high'], 'x,,high'],
  ])('leaves inputs out when the call gives %s', (_, inputs, expected) => {
    const clip = fn({
      inputs: ['a', 'low', 'high'],
      nodes: [{ op: 'Clip', inputs: ['a', 'low', 'high'], outputs: ['r'] }],
    });
    expect(wiring(inline(clip, { inputs }).nodes)).toEqual([`${expected}>y`]);
  });

  it.each([
    ['fewer', ['y'], 'x>y,p/s'],
    ['empty', ['', 'z'], 'x>p/r,z'],
    ['all', ['y', 'z'], 'x>y,z'],
  ])('names outputs when the call gets %s', (_, outputs, expected) => {
    const split = fn({
      outputs: ['r', 's'],
      nodes: [{ op: 'Split', inputs: ['a'], outputs: ['r', 's'] }],
    });
    expect(wiring(inline(split, { outputs }).nodes)).toEqual([expected]);
  });

  it('passes on an input that the function returns as it is', () => {
    const { nodes } = inline(
      fn({ outputs: ['a', 'r'], nodes: [{ op: 'Relu', inputs: ['a'], outputs: ['r'] }] }),
      { outputs: ['same', 'y'] },
    );
    expect(wiring(nodes)).toEqual(['x>y', 'x>same']);
    expect(texts(nodes[1]!, NODE.opType)).toEqual(['Identity']);
  });

  it('keeps fields that it does not know, and metadata, byte for byte and in order', () => {
    const unknown = concatBytes([
      varintField(1000, 7),
      bytesField(1001, Uint8Array.of(0, 255)),
      // A value of two bytes that one would do for.
      concatBytes([varintField(1002, 0).subarray(0, 2), Uint8Array.of(0x80, 0x00)]),
    ]);
    const more = [
      unknown,
      intAttribute('axis', -1),
      metadataField('namespace', 'a/b'),
      stringField(6, 'doc'),
    ];
    const [node] = inline(
      fn({ nodes: [{ op: 'Softmax', inputs: ['a'], outputs: ['r'], more }] }),
    ).nodes;
    expect(Buffer.from(node!)).toEqual(
      Buffer.from(nodeBytes({ op: 'Softmax', inputs: ['x'], outputs: ['y'], more })),
    );
  });

  it('renames values in device configurations', () => {
    const sharded = (name: string): Uint8Array =>
      messageField(CALL.deviceConfigurations, [
        stringField(1, 'two'),
        messageField(2, [stringField(1, name), varintField(2, 0)]),
      ]);
    const parts = { op: 'Relu', inputs: ['a'], outputs: ['r'] };
    const { nodes } = inline(fn({ nodes: [{ ...parts, more: [sharded('a')] }] }));
    expect(Buffer.from(nodes[0]!)).toEqual(
      Buffer.from(nodeBytes({ op: 'Relu', inputs: ['x'], outputs: ['y'], more: [sharded('x')] })),
    );
  });

  describe('attributes of the function', () => {
    const bent = fn({
      attributes: ['slope'],
      attributeDefaults: new Map([['kept', messages(intAttribute('kept', 3), NODE.attribute)[0]!]]),
      nodes: [
        {
          op: 'LeakyRelu',
          inputs: ['a'],
          outputs: ['r'],
          more: [reference('alpha', 'slope', 2), reference('k', 'kept', 2), intAttribute('own', 1)],
        },
      ],
    });
    const attributes = (call: Partial<NodeParts>): string[] =>
      messages(inline(bent, call).nodes[0]!, NODE.attribute).map((attribute) => {
        expect(texts(attribute, REFERENCE.attributeName)).toEqual([]);
        return `${texts(attribute, 1).join()}=${[...messages(attribute, ATTRIBUTE.int)[0]!].join()}`;
      });

    it.each<[string, Uint8Array[], string[]]>([
      ['nothing', [], ['k=3', 'own=1']],
      ['one without a default', [intAttribute('slope', 9)], ['alpha=9', 'k=3', 'own=1']],
      ['one with a default', [intAttribute('kept', 4)], ['k=4', 'own=1']],
    ])('stand in the nodes when the call gives %s', (_, more, expected) => {
      expect(attributes({ more })).toEqual(expected);
    });

    it('keep the fields of what the call gives', () => {
      const given = messageField(NODE.attribute, [
        varintField(ATTRIBUTE.int, 5),
        stringField(1, 'slope'),
        varintField(999, 1),
      ]);
      const [attribute] = messages(inline(bent, { more: [given] }).nodes[0]!, NODE.attribute);
      expect(Buffer.from(attribute!)).toEqual(
        Buffer.from(
          concatBytes([
            stringField(1, 'alpha'),
            varintField(ATTRIBUTE.int, 5),
            varintField(999, 1),
          ]),
        ),
      );
    });

    it('leave values of the caller in a given graph as they are', () => {
      const choose = fn({
        attributes: ['branch'],
        nodes: [
          { op: 'If', inputs: ['a'], outputs: ['r'], more: [reference('then', 'branch', 5)] },
        ],
      });
      const branch = graphAttribute('branch', [
        nodeField({ op: 'Relu', inputs: ['a'], outputs: ['t'] }),
        outputField('t'),
      ]);
      const [node] = inline(choose, { more: [branch] }).nodes;
      expect(wiring(messages(body(node!), GRAPH.node))).toEqual(['a>t']);
    });

    it('of a call in the main graph cannot refer to others', () => {
      expect(() => inline(bent, { more: [reference('slope', 'other', 2)] })).toThrow(
        expect.objectContaining({ code: 'MODEL_MALFORMED' }),
      );
    });
  });

  describe('operator sets', () => {
    const custom = fn({
      opsets: new Map([
        ['', 17],
        ['custom', 2],
      ]),
      nodes: [{ op: 'Op', domain: 'custom', inputs: ['a'], outputs: ['r'] }],
    });

    it('of another version than the model uses are refused', () => {
      expect(() => inline(fn({ ...TWO_NODES, opsets: new Map([['', 17]]) }))).toThrow(
        expect.objectContaining({
          code: 'MODEL_UNSUPPORTED',
          message: expect.stringMatching(/version 17 of "ai\.onnx".* 18/),
        }),
      );
    });

    it('that the model lacks are named, and those that no node uses do not matter', () => {
      expect([...inline(custom).missingOpsets]).toEqual([['custom', 2]]);
      const opsets = new Map([
        ['', 18],
        ['custom', 2],
      ]);
      expect([...inline(custom, {}, { opsets }).missingOpsets]).toEqual([]);
    });
  });

  it.each<[string, LocalFunction, Partial<NodeParts>]>([
    ['more inputs than the function has', fn(TWO_NODES), { inputs: ['x', 'x'] }],
    ['more outputs than the function has', fn(TWO_NODES), { outputs: ['y', 'z'] }],
    ['a function with two inputs of one name', fn({ ...TWO_NODES, inputs: ['a', 'a'] }), {}],
    ['a function with two outputs of one name', fn({ ...TWO_NODES, outputs: ['r', 'r'] }), {}],
    ['a function that returns what nothing makes', fn({ ...TWO_NODES, outputs: ['q'] }), {}],
    [
      'a function that uses what nothing makes',
      fn({ nodes: [{ op: 'Relu', inputs: ['outer'], outputs: ['r'] }] }),
      {},
    ],
    [
      'a function that makes a value twice',
      fn({ nodes: [{ op: 'Split', inputs: ['a'], outputs: ['r', 'r'] }] }),
      {},
    ],
    [
      'a function that makes its input',
      fn({ nodes: [{ op: 'Split', inputs: ['a'], outputs: ['r', 'a'] }] }),
      {},
    ],
    [
      'a function that calls itself',
      fn({ nodes: [{ ...CALL_OF_F, inputs: ['a'], outputs: ['r'] }] }),
      {},
    ],
    [
      'a call that leaves out what it returns',
      fn({ inputs: ['a', 'b'], outputs: ['b'], nodes: [] }),
      {},
    ],
  ])('refuses %s', (_, called, call) => {
    expect(() => inline(called, call)).toThrow(
      expect.objectContaining({ code: 'MODEL_MALFORMED' }),
    );
  });

  it('refuses a body that names make too large', () => {
    const nodes = Array.from({ length: 100 }, (_, i) => ({
      op: 'Relu',
      inputs: ['a'],
      outputs: [i === 0 ? 'r' : `v${i}`],
    }));
    const prefix = 'x'.repeat(MAX_INLINED_BYTES / 64);
    expect(() => inline(fn({ nodes }), {}, { prefix })).toThrow(
      expect.objectContaining({ code: 'MODEL_LIMIT' }),
    );
  });

  it('refuses an attribute that is put in too often', () => {
    const more = Array.from({ length: 100 }, (_, i) => reference(`k${i}`, 'big', 4));
    const big = messageField(NODE.attribute, [
      stringField(1, 'big'),
      bytesField(ATTRIBUTE.string, new Uint8Array(MAX_INLINED_BYTES / 64)),
    ]);
    const called = fn({ nodes: [{ op: 'Relu', inputs: ['a'], outputs: ['r'], more }] });
    expect(() => inline(called, { more: [big] })).toThrow(
      expect.objectContaining({ code: 'MODEL_LIMIT' }),
    );
  });
});
