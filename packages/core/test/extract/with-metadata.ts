import { scanFields, bytesSource } from '../../src/wire/index.js';

const METADATA_PROPS = 14;

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

/** A length-delimited field of a protobuf message. */
export function bytesField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length), ...bytes]);
}

/** A metadata entry of a model file. */
export function metadataEntry(key: string, value: string): Uint8Array {
  return bytesField(METADATA_PROPS, Buffer.concat([bytesField(1, key), bytesField(2, value)]));
}

/** The same model with one metadata entry, in place of all that it has. */
export async function withMetadata(
  model: Uint8Array,
  key: string,
  value: unknown,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let start = 0;
  for await (const field of scanFields(bytesSource(model), { start: 0, end: model.length })) {
    if (field.field !== METADATA_PROPS) parts.push(model.subarray(start, field.end));
    start = field.end;
  }
  return Buffer.concat([...parts, metadataEntry(key, JSON.stringify(value))]);
}
