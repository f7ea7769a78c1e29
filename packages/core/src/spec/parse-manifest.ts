import { FeaturetapError } from './errors.js';
import { headManifestSchema, type HeadManifest } from './head-manifest.js';
import { MANIFEST_VERSION, manifestSchema, type Manifest } from './manifest.js';
import { parseWith } from './parse.js';

/** Reports a manifest that cannot be used; `expected` ends up in the message. */
export function invalidManifest(where: string, expected: string, cause?: unknown): FeaturetapError {
  return new FeaturetapError(
    'MANIFEST_INVALID',
    `Expected ${expected} in ${where}. Tap the original model again.`,
    { cause },
  );
}

/** Characters of a manifest; one with ten thousand class names has 200,000. */
const MAX_LENGTH = 1 << 21;

function parseJson(text: string, where: string): unknown {
  if (text.length > MAX_LENGTH) {
    throw invalidManifest(where, `a manifest of at most ${MAX_LENGTH} characters`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidManifest(where, 'a manifest in JSON', error);
  }
  const version =
    typeof value === 'object' && value !== null && 'version' in value && value.version;
  if (typeof version === 'number' && version > MANIFEST_VERSION) {
    throw invalidManifest(
      where,
      `a manifest of version ${MANIFEST_VERSION} or lower, got ${version}: a newer featuretap ` +
        'wrote it. Update this package',
    );
  }
  return value;
}

/**
 * Parses the JSON of a manifest.
 *
 * @param where - what carries it, for messages.
 * @throws FeaturetapError `MANIFEST_INVALID` when it is no JSON, of a later version, or does not
 * follow the schema.
 */
export function parseManifest(text: string, where: string): Manifest {
  const value = parseJson(text, where);
  return parseWith(manifestSchema, value, `Manifest of ${where}`, 'MANIFEST_INVALID');
}

/**
 * Parses the JSON of a head file's manifest.
 *
 * @param where - what carries it, for messages.
 * @throws FeaturetapError `MANIFEST_INVALID` as parseManifest
 */
export function parseHeadManifest(text: string, where: string): HeadManifest {
  const value = parseJson(text, where);
  return parseWith(headManifestSchema, value, `Manifest of ${where}`, 'MANIFEST_INVALID');
}
