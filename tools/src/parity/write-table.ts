// Writes packages/docs/guide/parity.md from the results of the parity harness.
//   npm run parity:table -- DIR
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FULL_CORPUS } from './corpus.js';
import { parityResultSchema, type ParityResult } from './result.js';

const TARGET = fileURLToPath(new URL('../../../packages/docs/guide/parity.md', import.meta.url));

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: npm run parity:table -- DIR');
  process.exit(2);
}
const lines = readFileSync(join(folder, 'results.jsonl'), 'utf8').split('\n');
const all = lines
  .filter((line) => line !== '')
  .map((line) => parityResultSchema.parse(JSON.parse(line)));
const results = all.toSorted((a, b) => {
  const order = FULL_CORPUS.indexOf(a.model) - FULL_CORPUS.indexOf(b.model);
  return order === 0 ? all.indexOf(a) - all.indexOf(b) : order;
});

const FIELDS = ['stages', 'unpooled', 'pooled', 'logits'] as const;

function number(error: number | undefined): string {
  if (error === undefined) return '';
  return error === 0 ? '0' : error.toExponential(0);
}

/** Table cells must hold no line breaks and no bars; the exporter's words are kept short. */
function text(note: string): string {
  const [first = ''] = note.replaceAll('|', '\\|').split('\n');
  return first.length > 140 ? `${first.slice(0, 140)}…` : first;
}

function row({
  model,
  exporter,
  status,
  evidence,
  errors,
  stages,
  note = '',
}: ParityResult): string {
  const kinds = [...new Set(Object.values(evidence ?? {}))].filter((kind) => kind !== 'structure');
  const [equal, count] = stages ?? [undefined, undefined];
  const cells = [
    model,
    exporter,
    status,
    kinds.join(', ') || (evidence === undefined ? '' : 'structure'),
    equal === undefined ? '' : `${equal}/${count}`,
    ...FIELDS.map((field) => number(errors?.[field])),
    text(note),
  ];
  return `| ${cells.join(' | ')} |`;
}

const count = (status: ParityResult['status']): number =>
  results.filter((result) => result.status === status).length;
const models = new Set(results.map(({ model }) => model));
const missing = FULL_CORPUS.filter((model) => !models.has(model));
const header = ['model', 'exporter', 'result', 'evidence', 'equal stages', ...FIELDS, 'note'];
const document = `# Parity with timm

<!-- Written by \`npm run parity:table\` from a run of \`npm run parity\`. -->

${models.size} architectures of timm 1.0.31, from ${models.size === FULL_CORPUS.length ? 'each' : 'nearly each'} of its source files, exported by PyTorch 2.14 with both
exporters (opset 18) under random weights; tapped **without saying what they are**; run by the extractor on a batch of two; every
field compared with what timm's own \`forward_intermediates\`, \`forward_features\` and \`forward_head\` return.

- \`equal\` (${count('equal')}): every field is within 1e-4 of its largest value, or within three times the error of the
  export's own logits where that is larger.
- \`erased\` (${count('erased')}): so are all but the stages that folding a BatchNorm into its convolution erased from the
  file; these are reported as absent. \`+kept\` is what \`featuretap export\` writes for such a network: nothing is erased.
- \`not-exported\` (${count('not-exported')}): PyTorch's exporter refuses the network, or Python's onnxruntime what it wrote; the note is theirs.
- \`differs\` (${count('differs')}), \`failed\` (${count('failed')}): see the note.

${missing.length > 0 ? `Not run: ${missing.join(', ')}.\n\n` : ''}Errors are the largest difference over the largest value of the field. Where random weights let rounding grow until PyTorch
disagrees with itself in another precision, the variances of BatchNorm are enlarged before the comparison.

| ${header.join(' | ')} |
| ${header.map(() => '---').join(' | ')} |
${results.map(row).join('\n')}
`;
writeFileSync(TARGET, document);
console.log(`${results.length} rows in ${TARGET}`);
