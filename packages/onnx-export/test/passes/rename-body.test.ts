import { describe, expect, it } from 'vitest';
import { MAX_GRAPH_DEPTH } from '../../src/limits.js';
import { bytesField, messageField, stringField, varintField } from '../../src/proto/encode.js';
import { ATTRIBUTE, GRAPH, NODE, TENSOR } from '../../src/proto/fields.js';
import type { LocalFunction } from '../../src/proto/local-function.js';
import { graphAttribute, nodeBytes, nodeField, outputField } from '../build-function.js';
import { body, fn, inline, messages, wiring } from '../inline-function.js';

describe('bodies of If, Loop and Scan in an inlined call', () => {
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

  it('names as many values of one name as there are branches in linear time', () => {
    const then = graphAttribute('then', [
      nodeField({ op: 'Relu', inputs: ['a'], outputs: ['t'] }),
      outputField('t'),
    ]);
    const nodes = Array.from({ length: 30_000 }, (_, i) => ({
      op: 'If',
      inputs: ['a'],
      outputs: [i === 0 ? 'r' : `v${i}`],
      more: [then],
    }));
    const start = performance.now();
    expect(inline(fn({ nodes })).nodes).toHaveLength(30_000);
    // One search for each from the start would take minutes.
    expect(performance.now() - start).toBeLessThan(8000);
  });
});
