// An independent protobuf reader for tests: no code of src.
export interface RawField {
  readonly field: number;
  readonly bytes: Uint8Array;
  /** The field as it stands, tag and length included. */
  readonly whole: Uint8Array;
}

export function readWire(bytes: Uint8Array): RawField[] {
  const fields: RawField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('cut off');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const type = tag & 7;
    let from = at;
    if (type === 0) varint();
    else if (type === 2) {
      const length = varint();
      from = at;
      at += length;
    } else at += type === 1 ? 8 : 4;
    if (at > bytes.length) throw new Error('cut off');
    fields.push({
      field: tag >> 3,
      bytes: bytes.subarray(from, at),
      whole: bytes.subarray(start, at),
    });
  }
  return fields;
}
