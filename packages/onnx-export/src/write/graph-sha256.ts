import { concatBytes } from '../proto/encode.js';
import type { Model } from '../proto/model.js';
import { readSegments } from './segments.js';
import { toSegments, type Splice } from './splice.js';
import { tensorSites } from './tensor-sites.js';

/** Size from which a node is looked into for weights, bytes: exporters of Paddle keep them there. */
const LARGE_NODE_BYTES = 1 << 14;

/** Payload in a node from which it counts as weights, bytes. */
const WEIGHT_BYTES = 1 << 12;

/** Bytes as lower-case hexadecimal. */
function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function leftOut({ start, end }: { start: number; end: number }): Splice {
  return { start, end, bytes: new Uint8Array(0), inside: [] };
}

/**
 * SHA-256 of the model's bytes without its initializers and without the weights in large nodes,
 * hexadecimal.
 *
 * Identifies the graph; the weights are not read. Two files whose weights alone differ have the
 * same value.
 */
export async function graphSha256(model: Model): Promise<string> {
  const { graph, source } = model;
  const splices = graph.initializers.map(({ at }) => leftOut(at));
  const inLargeNodes = tensorSites(model, {
    initializers: () => false,
    nodes: ({ at }) => at.end - at.start >= LARGE_NODE_BYTES,
  });
  for await (const site of inLargeNodes) {
    for (const { at } of site.payload) {
      if (at.end - at.start >= WEIGHT_BYTES) splices.push(leftOut(at));
    }
  }
  const parts: Uint8Array[] = [];
  for await (const bytes of readSegments(source, toSegments(source.size, splices))) {
    parts.push(bytes);
  }
  const digest = await globalThis.crypto.subtle.digest('SHA-256', concatBytes(parts));
  return toHex(new Uint8Array(digest));
}
