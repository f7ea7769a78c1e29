// The protobuf wire format and nothing of ONNX: no native code, no Node API. Safe in a browser.
export { bytesSource } from './byte-source.js';
export type { ByteRange, ByteSource } from './byte-source.js';

export {
  malformed,
  MAX_VARINT_BYTES,
  readInt64,
  readTag,
  readValueLength,
  readVarint,
  truncated,
  WIRE,
} from './cursor.js';
export type { Cursor, FieldTag } from './cursor.js';

export { fieldBytes, fieldCursor, MAX_FIELDS, walkFields } from './field.js';
export type { WireField } from './field.js';

export { SCAN_WINDOW_BYTES, scanFields } from './scan-fields.js';
export type { ScannedField } from './scan-fields.js';

export { decodeName, encodeName, printableName, printableNames } from './name.js';
