import { describe, expect, it } from 'vitest';
import {
  bytesField,
  concatBytes,
  messageField,
  stringField,
  varintField,
} from '../../src/proto/encode.js';
import { ATTRIBUTE, GRAPH, NODE, TENSOR } from '../../src/proto/fields.js';
import { CALL, REFERENCE } from '../../src/proto/function-fields.js';
import type { LocalFunction } from '../../src/proto/local-function.js';
import { inlineCall, type InlinedCall, type InlineOptions } from '../../src/passes/inline-call.js';
import { MAX_INLINED_BYTES } from '../../src/passes/inline-names.js';
import { MAX_GRAPH_DEPTH } from '../../src/limits.js';
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
import { readWire, type RawField } from '../read-wire.js';

type Parts = Partial<Omit<LocalFunction, 'nodes'>> & { readonly nodes: readonly NodeParts[] };

function fn({ nodes, ...parts }: Parts): LocalFunction {
  return {
    domain: 'local',
    name: 'f',
    overload: '',
    inputs: ['a'],
    outputs: ['r'],
    attributes: [],
    attributeDefaults: new Map(),
    opsets: new Map([['', 18]]),
    at: { start: 0, valueStart: 0, end: 0 },
    ...parts,
    nodes: nodes.map(nodeBytes),
  };
}

const CALL_OF_F: NodeParts = { op: 'f', domain: 'local', inputs: ['x'], outputs: ['y'] };

function inline(
  called: LocalFunction,
  call: Partial<NodeParts> = {},
  options: Partial<InlineOptions> = {},
): InlinedCall {
  return inlineCall(nodeBytes({ ...CALL_OF_F, ...call }), called, {
    prefix: 'p/',
    isTaken: () => false,
    opsets: new Map([['', 18]]),
    ...options,
  });
}

const text = ({ bytes }: RawField): string => Buffer.from(bytes).toString();

function texts(message: Uint8Array, field: number): string[] {
  return readWire(message)
    .filter((part) => part.field === field)
    .map(text);
}

function messages(message: Uint8Array, field: number): Uint8Array[] {
  return readWire(message)
    .filter((part) => part.field === field)
    .map(({ bytes }) => bytes);
}

/** Inputs and outputs of each node. */
const wiring = (nodes: readonly Uint8Array[]): string[] =>
  nodes.map((node) => `${texts(node, 1).join()}>${texts(node, 2).join()}`);

/** The graph of a node's attribute. */
const body = (node: Uint8Array): Uint8Array =>
  messages(messages(node, NODE.attribute)[0]!, ATTRIBUTE.graph)[0]!;

const TWO_NODES: Parts = {
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

  it.each([
    ['a name of the graph', { isTaken: (name: string) => name === 'p/h' }, 'p/h_1'],
    ['two names of the graph', { isTaken: (name: string) => /^p\/h(_1)?$/.test(name) }, 'p/h_2'],
    ['what the call gives', { prefix: '', call: ['h'] }, 'h_1'],
  ])('gives a value another name than %s', (_, { call, ...options }: any, name) => {
    const { names } = inline(fn(TWO_NODES), call === undefined ? {} : { inputs: call }, options);
    expect(names.get('h')).toBe(name);
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
      // A length of two bytes that one would do for.
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

  describe('bodies of If, Loop and Scan', () => {
    const sparse = (name: string): Uint8Array =>
      messageField(GRAPH.sparseInitializer, [
        messageField(1, [stringField(TENSOR.name, name)]),
        messageField(2, []),
      ]);
    const graph = (name: (own: string) => string, a: string, h: string): Uint8Array[] => [
      nodeField({ op: 'Add', inputs: [a, name('i')], outputs: [name('h')] }),
      nodeField({
        op: 'If',
        inputs: [name('c')],
        outputs: [name('o')],
        more: [
          graphAttribute('deep', [
            nodeField({ op: 'Mul', inputs: [name('h'), h], outputs: [name('d')] }),
            outputField(name('d')),
          ]),
        ],
      }),
      messageField(GRAPH.initializer, [
        stringField(TENSOR.name, name('w')),
        bytesField(TENSOR.rawData, Uint8Array.of(1, 2)),
      ]),
      sparse(name('s')),
      messageField(GRAPH.input, [stringField(1, name('i')), varintField(77, 1)]),
      messageField(GRAPH.input, [stringField(1, name('c'))]),
      outputField(name('o')),
      messageField(GRAPH.valueInfo, [stringField(1, name('h'))]),
      messageField(GRAPH.quantizationAnnotation, [
        stringField(1, name('h')),
        messageField(2, [stringField(1, 'SCALE_TENSOR'), stringField(2, name('w'))]),
      ]),
    ];

    it('use renamed values of the function, and their own names hide outer ones', () => {
      const looped = fn({
        nodes: [
          { op: 'Relu', inputs: ['a'], outputs: ['h'] },
          { op: 'Relu', inputs: ['a'], outputs: ['g'] },
          // Its own `h` hides the function's; `g` is the function's, two graphs further in.
          {
            op: 'Loop',
            inputs: ['h'],
            outputs: ['r'],
            more: [
              graphAttribute(
                'body',
                graph((own) => own, 'a', 'g'),
              ),
            ],
          },
        ],
      });
      const { nodes, given } = inline(looped);
      const renamed = (own: string): string => (own === 'h' ? 'p/h_1' : `p/${own}`);
      expect(Buffer.from(nodes[2]!)).toEqual(
        Buffer.from(
          nodeBytes({
            op: 'Loop',
            inputs: ['p/h'],
            outputs: ['y'],
            more: [graphAttribute('body', graph(renamed, 'x', 'p/g'))],
          }),
        ),
      );
      expect(given).toContain('p/d');
    });

    it('do not come to hide a value that the call gives', () => {
      const branched = fn({
        nodes: [
          {
            op: 'If',
            inputs: ['a'],
            outputs: ['r'],
            more: [
              graphAttribute('then', [
                nodeField({ op: 'Relu', inputs: ['a'], outputs: ['x'] }),
                nodeField({ op: 'Add', inputs: ['a', 'x'], outputs: ['s'] }),
                outputField('s'),
              ]),
            ],
          },
        ],
      });
      const { nodes } = inline(branched, {}, { prefix: '' });
      expect(wiring(messages(body(nodes[0]!), GRAPH.node))).toEqual(['x>x_1', 'x,x_1>s']);
    });

    const nested = (depth: number): Uint8Array[] => {
      let inner: Uint8Array[] = [nodeField({ op: 'Relu', inputs: ['a'], outputs: ['t'] })];
      for (let level = 1; level < depth; level++) {
        const more = [graphAttribute('then', [...inner, outputField('t')])];
        inner = [nodeField({ op: 'If', inputs: ['a'], outputs: ['t'], more })];
      }
      return [graphAttribute('then', [...inner, outputField('t')])];
    };

    it('may be nested to the limit, and no deeper', () => {
      const deep = (depth: number): LocalFunction =>
        fn({ nodes: [{ op: 'If', inputs: ['a'], outputs: ['r'], more: nested(depth) }] });
      expect(inline(deep(MAX_GRAPH_DEPTH)).nodes).toHaveLength(1);
      expect(() => inline(deep(MAX_GRAPH_DEPTH + 1))).toThrow(
        expect.objectContaining({ code: 'MODEL_LIMIT' }),
      );
    });

    it('with two graphs in one attribute are refused', () => {
      const more = [
        messageField(NODE.attribute, [
          stringField(1, 'then'),
          messageField(ATTRIBUTE.graph, [outputField('a')]),
          messageField(ATTRIBUTE.graph, [outputField('a')]),
        ]),
      ];
      expect(() => inline(fn({ nodes: [{ op: 'If', outputs: ['r'], more }] }))).toThrow(
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

  it('refuses a body that names make too large, before it is written', () => {
    const nodes = Array.from({ length: 100 }, (_, i) => ({
      op: 'Relu',
      inputs: ['a'],
      outputs: [i === 0 ? 'r' : `v${i}`],
    }));
    const prefix = 'x'.repeat(MAX_INLINED_BYTES / 64);
    const start = performance.now();
    expect(() => inline(fn({ nodes }), {}, { prefix })).toThrow(
      expect.objectContaining({ code: 'MODEL_LIMIT' }),
    );
    expect(performance.now() - start).toBeLessThan(500);
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

  it('names as many values of one name as there are branches in linear time', () => {
    const then = graphAttribute('then', [
      nodeField({ op: 'Relu', inputs: ['a'], outputs: ['t'] }),
      outputField('t'),
    ]);
    const nodes = Array.from({ length: 20_000 }, (_, i) => ({
      op: 'If',
      inputs: ['a'],
      outputs: [i === 0 ? 'r' : `v${i}`],
      more: [then],
    }));
    const start = performance.now();
    expect(inline(fn({ nodes })).nodes).toHaveLength(20_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
