const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** First of the 128 lone surrogates that stand for the bytes 0x80 to 0xFF. */
const ESCAPE = 0xdc00;

/**
 * Decodes a name so that every byte string survives a round trip.
 *
 * Valid UTF-8 becomes itself. In any other string each byte above 0x7F becomes a lone surrogate
 * (U+DC80 to U+DCFF), which valid UTF-8 never decodes to: ONNX is proto2 and its C++ readers do not
 * check strings. The idea is Python's `surrogateescape` (PEP 383).
 */
export function decodeName(bytes: Uint8Array): string {
  if (bytes.length < 64 && bytes.every((byte) => byte < 0x80)) {
    return String.fromCharCode(...bytes);
  }
  try {
    return strict.decode(bytes);
  } catch {
    return decodeUndecodable(bytes);
  }
}

/** Characters made at once: as many as a call takes as arguments on any stack. */
const CHUNK = 4096;

/** One character for each byte; names may be megabytes, so no list of characters is made. */
function decodeUndecodable(bytes: Uint8Array): string {
  const codes = new Uint16Array(bytes);
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0x80) codes[i]! += ESCAPE;
  let name = '';
  for (let at = 0; at < codes.length; at += CHUNK) {
    name += String.fromCharCode(...codes.subarray(at, at + CHUNK));
  }
  return name;
}

/** The bytes that {@link decodeName} was given. */
export function encodeName(name: string): Uint8Array {
  if (!/[\udc80-\udcff]/u.test(name)) return encoder.encode(name);
  const bytes = new Uint8Array(name.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

/** Control characters, marks that reorder text (Unicode UAX 9), and undecodable bytes. */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- control characters are what must not be printed
  /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu;

/** A name for people: what must not be printed is escaped, and length is bounded. */
export function printableName(name: string, maxLength = 200): string {
  const shown = name.length > maxLength ? `${name.slice(0, maxLength)}…` : name;
  return shown.replace(UNPRINTABLE, (char) => {
    const code = char.charCodeAt(0);
    return code >= 0xdc80 && code <= 0xdcff
      ? `\\x${(code & 0xff).toString(16)}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Names that a message lists, and how much of each. */
const MAX_NAMES = 8;
const MAX_LISTED_LENGTH = 80;

/** A list of names for people, each once and in quotes; `none` for an empty one. Bounded in length. */
export function printableNames(names: Iterable<string>): string {
  const distinct = [...new Set(names)];
  const shown = distinct
    .slice(0, MAX_NAMES)
    .map((name) => `"${printableName(name, MAX_LISTED_LENGTH)}"`);
  const rest = distinct.length - shown.length;
  return (shown.join(', ') || 'none') + (rest > 0 ? ` and ${rest} more` : '');
}
