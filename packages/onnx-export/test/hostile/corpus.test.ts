// Inputs that the fuzzer found (tools/src/fuzz): those that broke something once, and those that
// reach endings which hand-made files do not.
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { bytesSource } from '@featuretap/core/wire';
import { describe, expect, it } from 'vitest';
import {
  planTaps,
  pruneModel,
  readModel,
  readSegments,
  tapModel,
  untapModel,
  type Model,
  type Segment,
} from '../../src/index.js';
import { concatBytes } from '../../src/proto/encode.js';
import { fixturePath } from '../read-fixture.js';
import { timedOutcome } from './outcome.js';

const inputs = readdirSync(fixturePath('hostile')).map((name) => name.replace('.onnx.gz', ''));

function inputBytes(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(fixturePath(`hostile/${name}.onnx.gz`))));
}

/** What each input that broke something must end in now. */
const MENDED: Readonly<Record<string, string>> = {
  'defect-constant-of-negative-shape': 'ok',
  'defect-unpooled-of-seven-axes': 'ok',
  'defect-input-declared-many-times': 'ok',
  'defect-input-of-unknown-height': 'ok',
  'defect-size-above-2-53': 'ok',
  'defect-size-above-2-53-unpooled': 'ok',
  'defect-slice-of-axis-2-31': 'ok',
  'defect-input-shape-of-many-names': 'MODEL_NO_IMAGE_INPUT',
  'defect-input-shape-of-undecodable-names': 'MODEL_NO_IMAGE_INPUT',
  'defect-map-without-elements': 'ok',
  'defect-map-without-elements-float16': 'ok',
  'defect-original-names-like-ours': 'ok',
};

async function collect(model: Model, segments: readonly Segment[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return concatBytes(parts);
}

describe('the fuzzing corpus', () => {
  it('holds an input for each defect that was mended', () => {
    expect(inputs.filter((name) => name.startsWith('defect-')).sort()).toEqual(
      Object.keys(MENDED).sort(),
    );
    expect(inputs.length).toBeGreaterThan(30);
  });

  it.each(inputs)('%s ends in a result that is read back, or in a typed error', async (name) => {
    const code = await timedOutcome(inputBytes(name));
    expect(code).toMatch(/^(?:ok|TAP_NOT_FOUND|MANIFEST_INVALID|MODEL_[A-Z_]+)$/);
    const mended = MENDED[name];
    if (mended !== undefined) expect(code).toBe(mended);
  });

  it.each(['input-shape-of-many-names', 'input-shape-of-undecodable-names'])(
    'what is said of %s is short and printable',
    async (name) => {
      const model = await readModel(bytesSource(inputBytes(`defect-${name}`)));
      const say = (): unknown => planTaps(model);
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(say).not.toThrow(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u);
      expect(say).not.toThrow(/^.{4000}/su);
      expect(say).toThrow(/N, 3, H, W/);
    },
  );

  it('names an input that is declared a thousand times once', async () => {
    const model = await readModel(bytesSource(inputBytes('defect-input-declared-many-times')));
    await expect(pruneModel(model, { from: ['chosen'] })).rejects.toThrow(
      /they also need the input "input"\. Add it/u,
    );
  });

  it('takes a tap back from a file whose own names begin like ours', async () => {
    const original = inputBytes('defect-original-names-like-ours');
    const model = await readModel(bytesSource(original));
    const { segments } = await tapModel(model, planTaps(model));
    const tapped = await readModel(bytesSource(await collect(model, segments)));
    const restored = await collect(tapped, untapModel(tapped));
    expect(Buffer.from(restored).equals(original)).toBe(true);
  });
});
