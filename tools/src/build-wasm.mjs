// Assembles the WebAssembly kernels and embeds them in TypeScript as base64, so that a package needs
// no file beside its modules. With --check it only says whether that has been done.
// Usage: node tools/src/build-wasm.mjs [--check]
import { Buffer } from 'node:buffer';
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import wabt from 'wabt';

const ROOT = new URL('../../', import.meta.url);

/** From which source which module is made, and the name of its constant. */
const KERNELS = [
  {
    source: 'packages/core/src/preprocess/resample.wat',
    target: 'packages/core/src/preprocess/resample-wasm.ts',
    constant: 'RESAMPLE_WASM',
    summary: 'The SIMD passes of the resampler as a WebAssembly module, base64.',
  },
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const tools = await wabt();

/** @param {(typeof KERNELS)[number]} kernel */
async function generate({ source, constant, summary }) {
  // Not the line ends of a Windows checkout.
  const text = (await readFile(new URL(source, ROOT), 'utf8')).replaceAll('\r\n', '\n');
  const module = tools.parseWat(basename(source), text, { simd: true });
  try {
    module.validate();
    const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
    return (
      `// Made from ${basename(source)} by tools/src/build-wasm.mjs; edit the former, run the latter.\n\n` +
      `/** ${summary} */\nexport const ${constant} =\n  '${base64}';\n`
    );
  } finally {
    module.destroy();
  }
}

let stale = 0;
for (const kernel of KERNELS) {
  const target = new URL(kernel.target, ROOT);
  const wanted = await generate(kernel);
  if (!values.check) {
    await writeFile(target, wanted);
    console.log(`${kernel.target}: ${wanted.length} bytes`);
    continue;
  }
  const found = await readFile(target, 'utf8').catch(() => '');
  if (found.replaceAll('\r\n', '\n') === wanted) continue;
  stale += 1;
  console.error(`${kernel.target} is not what ${kernel.source} makes.`);
}
if (stale > 0) {
  console.error('Run: node tools/src/build-wasm.mjs');
  process.exitCode = 1;
}
