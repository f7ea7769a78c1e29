import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FeaturetapError } from '@featuretap/core/spec';
import type { FileWeightsPlan } from './plan-weights.js';

/** Whether two paths name one file, through symbolic links too. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  return (await real(a)) === (await real(b));
}

/**
 * Refuses outputs that would replace the input, or a file that holds weights of it.
 *
 * @throws FeaturetapError `WRITE_REFUSED`
 */
export async function refuseInputs(
  input: string,
  { sideFiles }: Pick<FileWeightsPlan, 'sideFiles'>,
  outputs: readonly string[],
): Promise<void> {
  for (const output of outputs) {
    if (await isSameFile(input, output)) {
      throw refused(`an output other than the input, got ${output} for both`);
    }
    for (const { path } of sideFiles) {
      if (!(await isSameFile(path, output))) continue;
      throw refused(`an output that holds no weights of ${input}, got ${output}, which does`);
    }
  }
}

function refused(what: string): FeaturetapError {
  return new FeaturetapError('WRITE_REFUSED', `Expected ${what}. Choose another -o.`);
}
