import { describe, expect, it } from 'vitest';
import { checkManifestConstant } from '../../src/extract/check-manifest-constant.js';
import { isFeaturetapError } from '../../src/spec/errors.js';
import type { Manifest } from '../../src/spec/manifest.js';
import type { ManifestConstant } from '../../src/spec/manifest-constant.js';
import { parseManifest } from '../../src/spec/parse-manifest.js';
import { tiny } from '../fixtures/constants/tiny.js';
import { tinyBranches } from '../fixtures/constants/tiny-branches.js';

/** A manifest of its own, which a test may change. */
function copyOf(constant: ManifestConstant): Manifest {
  return parseManifest(JSON.stringify({ labels: null, ...constant }), 'the test');
}

function messageOf(constant: ManifestConstant, manifest: ManifestConstant): string {
  try {
    checkManifestConstant(constant, manifest, 'a.onnx');
  } catch (error) {
    if (isFeaturetapError(error) && error.code === 'MANIFEST_INVALID') return error.message;
    throw error;
  }
  return 'none';
}

const absent = { value: null, reason: 'not asked for' };

describe('checkManifestConstant', () => {
  it('takes what the file says, class names left out or not', () => {
    expect(messageOf(tiny, copyOf(tiny))).toBe('none');
    const { labels, ...unlabelled } = tiny;
    expect(labels).toHaveLength(5);
    expect(messageOf(unlabelled, copyOf(tiny))).toBe('none');
    expect(messageOf(tinyBranches, copyOf(tinyBranches))).toBe('none');
  });

  it.each<[string, (manifest: Manifest) => void]>([
    ['tool', (manifest) => (manifest.tool = 'featuretap 99.0.0')],
    ['source', (manifest) => (manifest.source.graphSha256 = '0'.repeat(64))],
    ['class names', (manifest) => (manifest.labels = ['other'])],
    ['preprocessing', (manifest) => (manifest.preprocess = null)],
    ['evidence', (manifest) => (manifest.record.stages[0]!.evidence = 'structure')],
    ['graph value', (manifest) => (manifest.record.stages[0]!.value = '/conv/Conv_output_0')],
  ])('does not look at the %s', (_, change) => {
    const manifest = copyOf(tiny);
    change(manifest);
    expect(messageOf(tiny, manifest)).toBe('none');
  });

  it.each<[string, (manifest: Manifest) => void]>([
    [
      'the name of the input is "input" in the option and "x" in the file',
      (m) => (m.input.name = 'x'),
    ],
    ['the dtype of the input is float32', (m) => (m.input.dtype = 'uint8')],
    ['the layout of the input is NCHW', (m) => (m.input.layout = 'NHWC')],
    [
      '["batch", 3, 16, 16] in the option and [4, 3, 16, 16] in the file',
      (m) => (m.input.shape[0] = 4),
    ],
    ['stages is a list of 2 in the option and a list of 1', (m) => m.record.stages.pop()],
    ['the output of stages.1 is "stages.1"', (m) => (m.record.stages[1]!.output = '"\u001b[2J')],
    ['the dtype of stages.0 is float32', (m) => (m.record.stages[0]!.dtype = 'float16')],
    ['the layout of stages.1 is NCHW', (m) => (m.record.stages[1]!.layout = 'NHWC')],
    [
      'the shape of stages.1 is ["batch", 8, 4, 4] in the option and ["batch", 9, 4, 4] in the file',
      (m) => (m.record.stages[1]!.shape[1] = 9),
    ],
    ['and ["batch", "8", 4, 4] in the file', (m) => (m.record.stages[1]!.shape[1] = '8')],
    ['the reduction of stages.0 in its graph is none', (m) => (m.record.stages[0]!.reduce = 'avg')],
    ['the pixels per position of stages.0 is 2', (m) => (m.record.stages[0]!.reduction = 8)],
    [
      'the number of stages.1 in the network is its position',
      (m) => (m.record.stages[1]!.index = 3),
    ],
    ['unpooled is one output in the option and absent in', (m) => (m.record.unpooled = absent)],
    [
      'unpooled is one output in the option and a list of 2',
      (m) => (m.record.unpooled = copyOf(tinyBranches).record.unpooled),
    ],
    ['logits is one output in the option and absent in', (m) => (m.record.logits = absent)],
    [
      'extras is a list of 0 in the option and a list of 1',
      (m) => (m.extras = [{ output: 'x', value: null, dtype: null, shape: null }]),
    ],
  ])('names the first difference: %s', (expected, change) => {
    const manifest = copyOf(tiny);
    change(manifest);
    const message = messageOf(tiny, manifest);
    expect(message).toContain(expected);
    expect(message).toContain('a.onnx');
    expect(message).toContain('`featuretap types`');
    expect(message).not.toContain('\u001b');
  });

  it('names only the first of several differences', () => {
    const manifest = copyOf(tiny);
    manifest.record.stages[0]!.dtype = 'float16';
    manifest.record.logits = absent;
    expect(messageOf(tiny, manifest)).not.toContain('logits');
  });

  it('looks at dtype and shape of extra outputs', () => {
    const extra = { output: 'x', value: null, dtype: 'int64', shape: ['batch', 2] } as const;
    const constant: ManifestConstant = { ...tiny, extras: [extra] };
    expect(messageOf(constant, constant)).toBe('none');
    const other = { ...constant, extras: [{ ...extra, dtype: null }] };
    expect(messageOf(constant, other)).toContain('the dtype of the extra output "x" is int64');
    const wide = { ...constant, extras: [{ ...extra, shape: null }] };
    expect(messageOf(constant, wide)).toContain('["batch", 2] in the option and unknown in');
  });
});
