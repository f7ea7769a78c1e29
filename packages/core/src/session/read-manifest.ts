import { FeaturetapError } from '../spec/errors.js';
import { HEAD_MANIFEST_KEY, type HeadManifest } from '../spec/head-manifest.js';
import { MANIFEST_KEY, type Manifest } from '../spec/manifest.js';
import { parseHeadManifest, parseManifest } from '../spec/parse-manifest.js';
import type { ByteSource } from '../wire/index.js';
import { readMetadata } from './read-metadata.js';

const KEYS = [MANIFEST_KEY, HEAD_MANIFEST_KEY];

/**
 * Reads the manifest of a tapped file, weights left aside.
 *
 * @param name - what to call the file in messages.
 * @throws FeaturetapError `MODEL_NOT_ONNX`, `MODEL_TRUNCATED`, `MODEL_MALFORMED`,
 * `MANIFEST_MISSING` or `MANIFEST_INVALID`
 */
export async function readManifest(source: ByteSource, name: string): Promise<Manifest> {
  const values = await readMetadata(source, KEYS, name);
  const text = values.get(MANIFEST_KEY);
  if (text !== undefined) return parseManifest(text, name);
  if (values.has(HEAD_MANIFEST_KEY)) {
    throw missing(
      `Expected a tapped model that takes images, but ${name} is a head view, which takes what ` +
        'the backbone view returns. Give the backbone file and this one as the option `head` ' +
        '(`createExtractor(BACKBONE, { head })`), or call `openHead` to run the head apart.',
    );
  }
  throw missing(
    `Expected a tapped model, but ${name} carries no manifest. ` +
      'Run `featuretap tap MODEL -o OUT` first and give OUT.',
  );
}

/**
 * Reads the manifest of a head view, weights left aside.
 *
 * @param name - what to call the file in messages.
 * @throws FeaturetapError as {@link readManifest}
 */
export async function readHeadManifest(source: ByteSource, name: string): Promise<HeadManifest> {
  const values = await readMetadata(source, KEYS, name);
  const text = values.get(HEAD_MANIFEST_KEY);
  if (text !== undefined) return parseHeadManifest(text, name);
  if (values.has(MANIFEST_KEY)) {
    throw missing(
      `Expected a head view, but ${name} is a tapped model that takes images. ` +
        'Give the head file that `featuretap split` wrote, or call `createExtractor` for this one.',
    );
  }
  throw missing(
    `Expected a head view, but ${name} carries no manifest. ` +
      'Run `featuretap split MODEL --out-dir DIR` first and give the head file in DIR.',
  );
}

function missing(message: string): FeaturetapError {
  return new FeaturetapError('MANIFEST_MISSING', message);
}
