import { createRequire } from 'node:module';

// protobufjs is CommonJS without named exports that Node can see.
const { Reader } = createRequire(import.meta.url)('protobufjs/minimal.js') as {
  Reader: typeof import('protobufjs').Reader;
};

/** A field as it stands, tag and length included. */
export interface WholeField {
  /** Field number. */
  readonly field: number;
  /** Its bytes. */
  readonly whole: Uint8Array;
  /** Bytes of the value; for a length-delimited field without the length. */
  readonly value: Uint8Array;
}

/** Fields of a message by protobufjs: independent of the reader under test. */
export function wireFields(bytes: Uint8Array): WholeField[] {
  const reader = Reader.create(bytes);
  const fields: WholeField[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const from = reader.pos;
    const isBytes = (tag & 7) === 2;
    const value = isBytes ? reader.bytes() : null;
    if (value === null) reader.skipType(tag & 7);
    fields.push({
      field: tag >>> 3,
      whole: bytes.subarray(start, reader.pos),
      value: value ?? bytes.subarray(from, reader.pos),
    });
  }
  return fields;
}
