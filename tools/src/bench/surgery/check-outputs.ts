import { z } from 'zod';
import type { BenchCase } from './cases.js';
import { lastWords } from './measure.js';
import type { MadeModel } from './models.js';
import { PEERS } from './paths.js';
import { removeOutputs } from './run-cases.js';
import type { Scratch } from './scratch.js';

/** Cases whose outputs are compared: both of ours, and the plainest peer. */
const COMPARED = ['link-cli', 'copy-cli', 'onnx'];

const outputSchema = z.object({ output: z.string() });

const tappedSchema = z.object({
  manifest: z.object({
    record: z.object({
      stages: z.array(outputSchema),
      unpooled: outputSchema,
      pooled: outputSchema,
      logits: outputSchema,
    }),
  }),
});

/** Names of a tapped file's outputs, in the order of the record. */
function outputsOf(stdout: string): string[] {
  const { stages, unpooled, pooled, logits } = tappedSchema.parse(JSON.parse(stdout)).manifest
    .record;
  return [...stages, unpooled, pooled, logits].map(({ output }) => output);
}

/**
 * Taps a model once by link, by copy and with a peer, runs the three files in onnxruntime, and
 * requires the same bits of every field, and of the original's logits.
 *
 * @returns how many files and values were compared.
 * @throws Error when they differ
 */
export async function checkOutputs(
  scratch: Scratch,
  model: MadeModel,
  cases: readonly BenchCase[],
  python: string,
): Promise<{ files: number; values: number }> {
  removeOutputs(model);
  const entries: { file: string; names: readonly string[] }[] = [];
  for (const { id, kind, command, output } of cases) {
    if (!COMPARED.includes(id) || output === undefined) continue;
    const ended = await scratch.run(command);
    if (ended.code !== 0) throw new Error(`${id}: ${lastWords(ended)}`);
    const names = kind === 'peer' ? model.values : outputsOf(ended.stdout);
    entries.push({ file: output, names });
  }
  const values = JSON.stringify(entries);
  const compared = await scratch.run([python, PEERS, 'compare', model.file, '--values', values]);
  removeOutputs(model);
  if (compared.code !== 0) throw new Error(`comparing outputs: ${lastWords(compared)}`);
  return JSON.parse(compared.stdout) as { files: number; values: number };
}
