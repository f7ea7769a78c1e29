// Mutations of the model: still well-formed protobuf, no longer a graph that an exporter writes.
import { EDGE_NUMBERS, externalEntry, hostileName } from './hostile-values.js';
import type { TreeMutation } from './mutate-wire.js';
import { allPlaces, membersOf, namePlaces } from './places.js';
import type { Random } from './random.js';
import { OPERATORS } from './operators.js';
import {
  bytesOf,
  isLeaf,
  isParent,
  messageOf,
  toBytes,
  varintOf,
  type BytesField,
  type Field,
} from './wire-tree.js';

/** Gives a value another name, everywhere or in one place: a broken link, a cycle, two makers. */
const rename: TreeMutation = (model, random) => {
  const names = namePlaces(allPlaces(model));
  const chosen = names[random.int(names.length)];
  if (chosen === undefined) return;
  const old = Buffer.from(chosen.field.bytes);
  const fresh = random.oneIn(2) ? hostileName(random) : random.pick(names).field.bytes;
  const everywhere = random.oneIn(2);
  for (const { field } of everywhere ? names : [chosen]) {
    if (old.equals(field.bytes)) field.bytes = fresh;
  }
};

/** Names all nodes after one pattern, such as the paths that torch writes. */
const renameNodes: TreeMutation = (model, random) => {
  const pattern = random.pick([
    '/a/a.0/Conv',
    'layer1.0/',
    '',
    '__proto__',
    '/'.repeat(90),
    'x.x.x',
  ]);
  for (const [i, members] of membersOf(model, 'Node').entries()) {
    const name = members.find(({ number }) => number === 3);
    if (name !== undefined && isLeaf(name)) {
      name.bytes = new TextEncoder().encode(random.oneIn(4) ? pattern : `${pattern}${i}`);
    }
  }
};

const changeOperator: TreeMutation = (model, random) => {
  const nodes = membersOf(model, 'Node');
  const members = nodes[random.int(nodes.length)];
  const operator = members?.find(({ number }) => number === 4);
  if (operator !== undefined && isLeaf(operator)) {
    operator.bytes = new TextEncoder().encode(random.pick(OPERATORS));
  }
};

const ATTRIBUTES = [
  'axis',
  'axes',
  'perm',
  'pads',
  'strides',
  'kernel_shape',
  'dilations',
  'split',
  'keepdims',
  'transB',
  'blocksize',
  'value',
  'value_ints',
  'to',
  'start',
  'end',
  'group',
  'equation',
  'ceil_mode',
  'auto_pad',
] as const;

/** An attribute with one number, or a list of them. */
function attribute(random: Random): Field {
  const name = bytesOf(1, random.pick(ATTRIBUTES), 'text');
  const number = (): bigint =>
    random.oneIn(2) ? BigInt(random.int(9) - 4) : random.pick(EDGE_NUMBERS);
  if (random.oneIn(2))
    return messageOf(5, 'Attribute', [name, varintOf(3, number()), varintOf(20, 2)]);
  const list = Array.from({ length: random.int(6) }, () => varintOf(8, number()));
  return messageOf(5, 'Attribute', [name, ...list, varintOf(20, 7)]);
}

const addAttribute: TreeMutation = (model, random) => {
  const nodes = membersOf(model, 'Node');
  nodes[random.int(nodes.length)]?.push(attribute(random));
};

function tensor(number: number, name: Uint8Array | string, values: readonly bigint[]): BytesField {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => view.setBigUint64(8 * i, value, true));
  return messageOf(number, 'Tensor', [
    varintOf(1, values.length),
    varintOf(2, 7),
    bytesOf(8, name, 'name'),
    bytesOf(9, new Uint8Array(view.buffer)),
  ]);
}

/** A constant of a few numbers, and a node that takes it as a shape, axes, indices or ranges. */
const shapeArithmetic: TreeMutation = (model, random) => {
  const graphs = membersOf(model, 'Graph');
  const graph = graphs[0];
  if (graph === undefined) return;
  const name = `k${random.int(1000)}`;
  const count = random.int(5);
  const values = Array.from({ length: count }, () =>
    BigInt.asUintN(64, random.oneIn(2) ? BigInt(random.int(9) - 4) : random.pick(EDGE_NUMBERS)),
  );
  const names = namePlaces(allPlaces(graph)).map(({ field }) => field.bytes);
  const input = (): Uint8Array | string =>
    random.oneIn(2) || names.length === 0 ? name : random.pick(names);
  const inputs = Array.from({ length: 1 + random.int(5) }, () => bytesOf(1, input(), 'name'));
  const made = bytesOf(2, `${name}/out`, 'name');
  const operator = bytesOf(4, random.pick(OPERATORS), 'text');
  const attributes = Array.from({ length: random.int(3) }, () => attribute(random));
  const node = messageOf(1, 'Node', [...inputs, made, operator, ...attributes]);
  // A use of what it makes, so that the shape is not made in vain.
  const uses = membersOf(model, 'Node');
  uses[random.int(uses.length)]?.unshift(bytesOf(1, `${name}/out`, 'name'));
  const nodeAt = graph.findIndex(({ number }) => number === 1);
  graph.splice(Math.max(0, nodeAt), 0, node);
  graph.push(tensor(5, name, values));
};

/** Puts a node into the graph that takes and makes values of any names. */
const addNode: TreeMutation = (model, random) => {
  const graphs = membersOf(model, 'Graph');
  const graph = graphs[random.int(graphs.length)];
  if (graph === undefined) return;
  const names = namePlaces(allPlaces(model)).map(({ field }) => field.bytes);
  const value = (): Uint8Array => (names.length === 0 ? hostileName(random) : random.pick(names));
  const made = random.oneIn(3) ? value() : new TextEncoder().encode(`made${random.int(100)}`);
  const inputs = Array.from({ length: random.int(4) }, () => bytesOf(1, value(), 'name'));
  const node = [...inputs, bytesOf(2, made, 'name'), bytesOf(4, random.pick(OPERATORS), 'text')];
  graph.splice(random.int(graph.length + 1), 0, messageOf(1, 'Node', node));
  if (random.oneIn(2)) {
    graph.push(messageOf(12, 'ValueInfo', [bytesOf(1, made, 'name')]));
  }
};

/** Says that a tensor is in another file, in a way that no reader should follow. */
const externalise: TreeMutation = (model, random) => {
  const tensors = membersOf(model, 'Tensor');
  const members = tensors[random.int(tensors.length)];
  if (members === undefined) return;
  const keep = random.oneIn(4) ? members : members.filter(({ number }) => number !== 9);
  const entries = Array.from({ length: 1 + random.int(4) }, () => {
    const [key, value] = externalEntry(random);
    return messageOf(13, 'Entry', [bytesOf(1, key, 'text'), bytesOf(2, value, 'text')]);
  });
  members.splice(0, members.length, ...keep, ...entries, varintOf(14, random.int(3)));
};

/** Levels of nesting: usual ones, those around the limit, and bombs. */
const DEPTHS = [1, 2, 3, 8, 29, 30, 31, 33, 34, 100, 400, 2000] as const;

/** Puts a node into the body of an If, that into a body again, and so on. */
const nest: TreeMutation = (model, random) => {
  const graph = membersOf(model, 'Graph')[0];
  const places = graph?.flatMap((field, i) => (field.number === 1 && isParent(field) ? [i] : []));
  if (graph === undefined || places === undefined || places.length === 0) return;
  const at = random.pick(places);
  const deep = random.oneIn(10) ? DEPTHS.length : 7;
  const depth = DEPTHS[random.int(deep)] ?? 1;
  const captured = random.oneIn(2);
  const original = graph[at]!;
  const made = isParent(original) ? original.members.find(({ number }) => number === 2) : undefined;
  const output = made !== undefined && isLeaf(made) ? made.bytes : 'made';
  let body = toBytes([original]);
  for (let level = 0; level < depth; level++) {
    const inner = toBytes([
      bytesOf(1, 'then_branch', 'text'),
      bytesOf(random.oneIn(5) ? 11 : 6, body),
      varintOf(20, 5),
    ]);
    body = toBytes([
      bytesOf(
        1,
        toBytes([
          ...(captured && level < depth - 1 ? [] : [bytesOf(1, 'condition', 'name')]),
          bytesOf(2, level === depth - 1 ? output : 'inner', 'name'),
          bytesOf(4, random.pick(['If', 'Loop', 'Scan']), 'text'),
          bytesOf(5, inner),
        ]),
      ),
    ]);
  }
  // `body` is the field of a node with its tag: its value goes in place of the node.
  const value = readFieldValue(body);
  graph[at] = bytesOf(1, value, 'Node');
};

function readFieldValue(field: Uint8Array): Uint8Array {
  let at = 1;
  while ((field[at] ?? 0) >= 128) at++;
  return field.subarray(at + 1);
}

/** Messages that most models lack: functions, sparse tensors, quantisation, metadata. */
const addRareField: TreeMutation = (model, random) => {
  const graph = membersOf(model, 'Graph')[0];
  const names = namePlaces(allPlaces(model)).map(({ field }) => field.bytes);
  if (graph === undefined || names.length === 0) return;
  const name = random.pick(names);
  const text = hostileName(random);
  const kinds: (() => void)[] = [
    () =>
      graph.push(
        messageOf(15, 'SparseTensor', [
          tensor(1, name, [1n]),
          tensor(2, '', [random.pick(EDGE_NUMBERS)]),
          varintOf(3, random.pick(EDGE_NUMBERS)),
        ]),
      ),
    () =>
      graph.push(
        messageOf(14, 'Annotation', [
          bytesOf(1, name, 'name'),
          messageOf(2, 'Entry', [bytesOf(1, 'SCALE_TENSOR', 'text'), bytesOf(2, text, 'text')]),
        ]),
      ),
    () =>
      model.push(
        messageOf(25, 'Function', [
          bytesOf(1, random.pick(OPERATORS), 'text'),
          bytesOf(4, name, 'name'),
          bytesOf(5, name, 'name'),
          messageOf(7, 'Node', [bytesOf(4, random.pick(OPERATORS), 'text')]),
        ]),
      ),
    () =>
      model.push(
        messageOf(14, 'Entry', [
          bytesOf(1, random.pick(['featuretap', 'featuretap.architecture', '__proto__']), 'text'),
          bytesOf(
            2,
            random.oneIn(2) ? text : random.pick(['{}', 'null', '[', '1e999', 'resnet50']),
            'text',
          ),
        ]),
      ),
    () => graph.push(messageOf(random.pick([11, 12, 13]), 'ValueInfo', [bytesOf(1, name, 'name')])),
    () => graph.push(tensor(5, name, [random.pick(EDGE_NUMBERS)])),
  ];
  random.pick(kinds)();
};

/** All of them; those that reach far into planning are listed more often. */
export const GRAPH_MUTATIONS: readonly TreeMutation[] = [
  rename,
  rename,
  rename,
  renameNodes,
  changeOperator,
  changeOperator,
  addAttribute,
  addAttribute,
  shapeArithmetic,
  shapeArithmetic,
  shapeArithmetic,
  addNode,
  addNode,
  externalise,
  nest,
  addRareField,
];
