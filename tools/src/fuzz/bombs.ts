// Small files that unfold into something large: many empty messages, long lists, long names.
import { bytesOf, messageOf, toBytes, varintOf, type Field } from './wire-tree.js';

/** Bytes of a message that is made of repetitions: the most that a node may have, and more. */
const LONG = (1 << 24) - 1024;

/** Bytes in which a part is repeated. */
function repeat(part: readonly number[], size: number): Uint8Array {
  return new Uint8Array(part.length * Math.floor(size / part.length))
    .fill(0)
    .map((_, i) => part[i % part.length]!);
}

const INPUT = messageOf(11, 'ValueInfo', [
  bytesOf(1, 'input', 'name'),
  messageOf(2, 'Type', [
    messageOf(1, 'TensorType', [
      varintOf(1, 1),
      messageOf(2, 'Shape', [
        messageOf(1, 'Dimension', []),
        ...[3, 32, 32].map((size) => messageOf(1, 'Dimension', [varintOf(1, size)])),
      ]),
    ]),
  ]),
]);

const NODE = messageOf(1, 'Node', [
  bytesOf(1, 'input', 'name'),
  bytesOf(2, 'out', 'name'),
  bytesOf(4, 'Relu', 'text'),
]);

const OUTPUT = messageOf(12, 'ValueInfo', [bytesOf(1, 'out', 'name')]);

/** A model of one node; `inGraph` are further bytes of the graph, `inModel` of the model. */
function model(inGraph: Uint8Array, inModel: Uint8Array = new Uint8Array(0)): Uint8Array {
  const graph = Buffer.concat([toBytes([NODE, INPUT, OUTPUT]), inGraph]);
  const head = toBytes([
    varintOf(1, 8),
    bytesOf(7, graph),
    messageOf(8, 'Opset', [varintOf(2, 17)]),
  ]);
  return Buffer.concat([head, inModel]);
}

/** A model with one more node, made of bytes. */
const withNode = (node: Uint8Array): Uint8Array => model(toBytes([bytesOf(1, node)]));

/** A model whose one more node has an attribute, made of bytes. */
const withAttribute = (attribute: Uint8Array): Uint8Array =>
  withNode(
    toBytes([bytesOf(2, 'more', 'name'), bytesOf(4, 'Slice', 'text'), bytesOf(5, attribute)]),
  );

const withMetadata = (key: string, value: Uint8Array): Uint8Array =>
  model(
    new Uint8Array(0),
    toBytes([messageOf(14, 'Entry', [bytesOf(1, key, 'text'), bytesOf(2, value, 'text')])]),
  );

/** A chain of nodes whose names are deep module paths without a common part. */
function deepPaths(count: number, depth: number): Uint8Array {
  const nodes = Array.from({ length: count }, (_, i): Field => {
    const path = Array.from({ length: depth }, (_unused, level) => `m${i}x${level}`).join('/');
    return messageOf(1, 'Node', [
      bytesOf(1, i === 0 ? 'out' : `v${i - 1}`, 'name'),
      bytesOf(2, `v${i}`, 'name'),
      bytesOf(3, `/${path}/Relu`, 'name'),
      bytesOf(4, 'Relu', 'text'),
    ]);
  });
  return model(toBytes(nodes));
}

/** If bodies inside each other, with a node at the bottom; made without recursion. */
function nested(depth: number): Uint8Array {
  let body = toBytes([NODE]);
  for (let level = 0; level < depth; level++) {
    const node = toBytes([bytesOf(4, 'If', 'text'), bytesOf(5, toBytes([bytesOf(6, body)]))]);
    body = toBytes([bytesOf(1, node)]);
  }
  return model(body);
}

/** Operator sets of as many domains; their names are four letters. */
function opsets(count: number): Uint8Array {
  const one = toBytes([messageOf(8, 'Opset', [bytesOf(1, 'aaaa', 'text'), varintOf(2, 1)])]);
  const all = repeat([...one], count * one.length);
  const nameAt = one.indexOf(0x61);
  for (let i = 0; i < count; i++) {
    for (let letter = 0; letter < 4; letter++) {
      all[i * one.length + nameAt + letter] = 0x61 + (Math.floor(i / 26 ** letter) % 26);
    }
  }
  return all;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Makers of the bombs, by name. */
export const BOMBS: Readonly<Record<string, () => Uint8Array>> = {
  'bomb-empty-nodes': () => model(repeat([0x0a, 0], 2_000_000)),
  'bomb-more-empty-nodes': () => model(repeat([0x0a, 0], LONG)),
  'bomb-initializers': () => model(repeat([0x2a, 0], LONG)),
  'bomb-inputs': () => model(repeat([0x5a, 0], LONG)),
  'bomb-outputs': () => model(repeat([0x62, 0], LONG)),
  'bomb-value-infos': () => model(repeat([0x6a, 0], LONG)),
  'bomb-annotations': () => model(repeat([0x72, 0], LONG)),
  'bomb-sparse-initializers': () => model(repeat([0x7a, 0], LONG)),
  'bomb-metadata': () => model(new Uint8Array(0), repeat([0x72, 0], LONG)),
  'bomb-long-metadata': () =>
    model(
      new Uint8Array(0),
      Buffer.concat(
        Array.from({ length: 20 }, () =>
          toBytes([messageOf(14, 'Entry', [bytesOf(2, repeat([0xff], 1 << 23), 'text')])]),
        ),
      ),
    ),
  'bomb-opsets': () => model(new Uint8Array(0), opsets(250_000)),
  'bomb-functions': () => model(new Uint8Array(0), repeat([0xca, 1, 0], LONG)),
  'bomb-node-inputs': () => withNode(repeat([0x0a, 0], LONG)),
  'bomb-node-outputs': () => withNode(repeat([0x12, 0], LONG)),
  'bomb-node-attributes': () => withNode(repeat([0x2a, 0], LONG)),
  'bomb-node-metadata': () => withNode(repeat([0x4a, 0], LONG)),
  'bomb-packed-ints': () =>
    withAttribute(toBytes([bytesOf(1, 'axes', 'text'), bytesOf(8, repeat([1], LONG))])),
  'bomb-single-ints': () =>
    withAttribute(Buffer.concat([toBytes([bytesOf(1, 'axes', 'text')]), repeat([0x40, 1], LONG)])),
  'bomb-floats': () => withAttribute(toBytes([bytesOf(7, repeat([0, 0, 128, 63], LONG))])),
  'bomb-bodies': () => withAttribute(repeat([0x5a, 0], LONG)),
  'bomb-body-nodes': () => withAttribute(toBytes([bytesOf(6, repeat([0x0a, 0], LONG))])),
  'bomb-body-outputs': () => withAttribute(toBytes([bytesOf(6, repeat([0x62, 0], LONG))])),
  'bomb-body-initializers': () => withAttribute(toBytes([bytesOf(6, repeat([0x2a, 0], LONG))])),
  'bomb-packed-dims': () => model(toBytes([bytesOf(5, toBytes([bytesOf(1, repeat([1], LONG))]))])),
  'bomb-external-entries': () => model(toBytes([bytesOf(5, repeat([0x6a, 0], LONG))])),
  'bomb-shape': () =>
    model(
      toBytes([
        bytesOf(
          13,
          toBytes([
            bytesOf(2, toBytes([bytesOf(1, toBytes([bytesOf(2, repeat([0x0a, 0], LONG))]))])),
          ]),
        ),
      ]),
    ),
  'bomb-undecodable-name': () => withNode(toBytes([bytesOf(3, repeat([0xff], LONG))])),
  'bomb-long-names': () =>
    model(
      Buffer.concat(
        Array.from({ length: 15 }, () =>
          toBytes([bytesOf(1, toBytes([bytesOf(3, repeat([0xff], LONG))]))]),
        ),
      ),
    ),
  'bomb-equation': () =>
    withAttribute(toBytes([bytesOf(1, 'equation', 'text'), bytesOf(4, repeat([0x2c], LONG))])),
  'bomb-scopes': () =>
    withNode(
      toBytes([
        messageOf(9, 'Entry', [
          bytesOf(1, 'pkg.torch.onnx.name_scopes', 'text'),
          bytesOf(2, repeat([...ascii("'a', ")], LONG), 'text'),
        ]),
      ]),
    ),
  'bomb-manifest-nesting': () =>
    withMetadata('featuretap', Buffer.concat([repeat([0x5b], LONG / 2), repeat([0x5d], LONG / 2)])),
  'bomb-manifest-list': () =>
    withMetadata(
      'featuretap',
      Buffer.concat([ascii('{"labels":["'), repeat([...ascii('","')], LONG / 2), ascii('"]}')]),
    ),
  'bomb-deep-paths': () => deepPaths(20_000, 60),
  'bomb-nested-100': () => nested(100),
  'bomb-nested-2000': () => nested(2000),
};
