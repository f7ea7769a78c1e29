import { stat } from 'node:fs/promises';
import { FeaturetapError } from '@featuretap/core/spec';

/**
 * Refuses a file to write that is one of those that are read, by whatever path it is reached.
 *
 * @param option - the option that names it, for the message.
 * @throws FeaturetapError `WRITE_REFUSED`
 */
export async function refuseInputs(
  option: string,
  file: string,
  inputs: readonly (string | undefined)[],
): Promise<void> {
  const target = await stat(file).catch(() => null);
  if (target === null) return;
  for (const input of inputs) {
    const source = input === undefined ? null : await stat(input).catch(() => null);
    if (source?.dev !== target.dev || source.ino !== target.ino) continue;
    throw new FeaturetapError(
      'WRITE_REFUSED',
      `Expected ${option} to name another file than the inputs, got ${file}. Choose another path.`,
    );
  }
}
