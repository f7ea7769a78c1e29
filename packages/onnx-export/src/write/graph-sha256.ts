import type { Model } from '../proto/model.js';
import { readSegments, toSegments } from './splice.js';
import { concatBytes } from '../proto/encode.js';

/** Bytes as lower-case hexadecimal. */
function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * SHA-256 of the model's bytes without its initializers, hexadecimal.
 *
 * Identifies the graph; the weights are not read. Two files whose weights alone differ have the
 * same value.
 */
export async function graphSha256(model: Model): Promise<string> {
  const splices = model.graph.initializers.map(({ at }) => ({
    start: at.start,
    end: at.end,
    bytes: new Uint8Array(0),
  }));
  const parts: Uint8Array[] = [];
  const segments = toSegments(model.source.size, splices);
  for await (const bytes of readSegments(model.source, segments)) parts.push(bytes);
  const joined = concatBytes(parts);
  return toHex(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', joined)));
}
