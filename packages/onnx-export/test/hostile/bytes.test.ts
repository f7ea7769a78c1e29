import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField, concatBytes, varintField } from '../../src/proto/encode.js';
import { GRAPH, MODEL } from '../../src/proto/fields.js';
import { modelBytes } from '../read-fixture.js';
import { readWire } from '../read-wire.js';
import { timedOutcome } from './outcome.js';

const RUNS = { numRuns: 400 };

/** Bytes of a varint of any 64-bit value, with padding that makes it longer than need be. */
const anyVarint = fc
  .tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat(12))
  .map(([value, padding]) => {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    for (let i = 0; i < padding; i++) {
      bytes[bytes.length - 1]! |= 128;
      bytes.push(0);
    }
    return Uint8Array.from(bytes);
  });

/** A field with a tag of any number and wire type, and a value that need not fit. */
const anyField = fc
  .tuple(fc.nat(30), fc.nat(7), anyVarint, fc.uint8Array({ maxLength: 40 }))
  .map(([number, wireType, head, rest]) =>
    concatBytes([varintField(1, number * 8 + wireType).subarray(1), head, rest]),
  );

describe('arbitrary bytes', () => {
  it('end in a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await timedOutcome(bytes)).toMatch(/^MODEL_(NOT_ONNX|TRUNCATED|MALFORMED)$/);
      }),
      RUNS,
    );
  });

  it('end in a typed error as a model, a graph, a node, a tensor or a declaration', async () => {
    const frames: ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes,
      (bytes) => bytesField(MODEL.graph, bytes),
      ...Object.values(GRAPH).map(
        (number) => (bytes: Uint8Array) => bytesField(MODEL.graph, bytesField(number, bytes)),
      ),
      (bytes) => bytesField(MODEL.opsetImport, bytes),
      (bytes) => bytesField(MODEL.metadataProps, bytes),
      (bytes) => bytesField(MODEL.functions, bytes),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...frames),
        fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.array(anyField).map(concatBytes)),
        async (frame, bytes) => {
          const model = concatBytes([varintField(MODEL.irVersion, 8), frame(bytes)]);
          expect(await timedOutcome(model)).toMatch(/^MODEL_/);
        },
      ),
      { numRuns: 1500 },
    );
  });
});

describe('mutated models', () => {
  const model = modelBytes('if');
  const outer = readWire(model);
  const fields = readWire(outer.find(({ field }) => field === MODEL.graph)!.bytes);
  const messages = [...fields.keys()].filter((i) => fields[i]?.field !== GRAPH.name);
  const rebuild = (graph: readonly Uint8Array[]): Uint8Array =>
    concatBytes(
      outer.map(({ field, whole }) =>
        field === MODEL.graph ? bytesField(MODEL.graph, concatBytes(graph)) : whole,
      ),
    );

  it('are the model still when the fields of the graph are in another order', async () => {
    const wholes = fields.map(({ whole }) => whole);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(wholes, { minLength: wholes.length, maxLength: wholes.length }),
        async (shuffled) => {
          expect(await timedOutcome(rebuild(shuffled))).toBe('ok');
        },
      ),
      { numRuns: 200 },
    );
  });

  it('end in a result or a typed error when fields are missing, doubled or strange', async () => {
    const codes = new Set<string>();
    const some = fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(...fields.map(({ whole }) => whole)) },
        { weight: 1, arbitrary: anyField },
      ),
      { minLength: 1, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(some, async (graph) => {
        codes.add(await timedOutcome(rebuild(graph)));
      }),
      RUNS,
    );
    // Made twice is what most of them are; the others show that the generator reaches further.
    expect(codes).toContain('MODEL_MALFORMED');
    expect(codes.size).toBeGreaterThan(1);
  });

  it('end in a result or a typed error with anything inside one field of the graph', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...messages),
        fc.array(anyField, { maxLength: 4 }),
        fc.nat(400),
        async (index, strange, at) => {
          const graph = fields.map(({ field, bytes, whole }, i) => {
            if (i !== index) return whole;
            const inner = readWire(bytes).map((member) => member.whole);
            inner.splice(at % (inner.length + 1), 0, ...strange);
            return bytesField(field, concatBytes(inner));
          });
          expect(await timedOutcome(rebuild(graph))).toEqual(expect.any(String));
        },
      ),
      RUNS,
    );
  });
});
