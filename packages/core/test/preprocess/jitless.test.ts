import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { resizeAndCrop } from '../../src/preprocess/resize-and-crop.js';
import type { PreprocessSpec } from '../../src/spec/preprocess-spec.js';

const SPEC: PreprocessSpec = {
  inputSize: [3, 48, 40],
  interpolation: 'bicubic',
  cropPct: 0.9,
  cropMode: 'center',
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

function makeImage(): { width: number; height: number; data: Uint8Array } {
  const data = Uint8Array.from({ length: 300 * 200 * 3 }, (_, i) => (i * 31) ^ (i >> 7));
  return { width: 300, height: 200, data };
}

/** Resizes in a process of its own; says whether it has WebAssembly, and the pixels in base64. */
function resizeApart(flags: readonly string[]): unknown {
  const url = new URL('../../src/preprocess/resize-and-crop.ts', import.meta.url).href;
  const program = `
    import { resizeAndCrop } from ${JSON.stringify(url)};
    ${makeImage.toString()}
    const { data } = resizeAndCrop(makeImage(), ${JSON.stringify(SPEC)});
    const pixels = Buffer.from(data).toString('base64');
    console.log(JSON.stringify({ wasm: typeof WebAssembly, pixels }));`;
  const args = [...flags, '--conditions=@featuretap/source', '--import=tsx'];
  const output = execFileSync(process.execPath, [...args, '--input-type=module', '-e', program], {
    encoding: 'utf8',
    // Node warns that --jitless takes WebAssembly away.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output.slice(output.indexOf('{')));
}

it('the pixels do not depend on what the engine has: node --jitless makes the same', () => {
  const pixels = Buffer.from(resizeAndCrop(makeImage(), SPEC).data).toString('base64');
  expect(resizeApart([])).toEqual({ wasm: 'object', pixels });
  expect(resizeApart(['--jitless'])).toEqual({ wasm: 'undefined', pixels });
});
