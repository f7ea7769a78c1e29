// How hostile bytes end: in success, or in a typed error. Anything else is thrown.
import { isFeaturetapError } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import { planTaps, readManifest, readModel, readSegments, tapModel } from '../../src/index.js';
import { concatBytes } from '../../src/proto/encode.js';

/** Longest that a file may keep us busy, milliseconds. */
export const MAX_MILLISECONDS = 2000;

/** Reads, plans, taps and reads the written file back; returns `ok` or the error's code. */
export async function outcome(bytes: Uint8Array): Promise<string> {
  let written: Uint8Array;
  try {
    const model = await readModel(bytesSource(bytes));
    const { segments } = await tapModel(model, planTaps(model));
    const parts: Uint8Array[] = [];
    for await (const part of readSegments(model.source, segments)) parts.push(part);
    written = concatBytes(parts);
  } catch (error) {
    if (isFeaturetapError(error)) return error.code;
    throw error;
  }
  // What we wrote, we read: an error here is ours and passes through.
  const model = await readModel(bytesSource(written));
  planTaps(model);
  if (readManifest(model) === null) throw new Error('the written file carries no manifest');
  return 'ok';
}

/** As {@link outcome}; throws when it takes longer than {@link MAX_MILLISECONDS}. */
export async function timedOutcome(bytes: Uint8Array): Promise<string> {
  const start = performance.now();
  const used = process.cpuUsage();
  const code = await outcome(bytes);
  // On a busy machine the clock counts what others do.
  const { user, system } = process.cpuUsage(used);
  const took = Math.min(performance.now() - start, (user + system) / 1000);
  if (took > MAX_MILLISECONDS) throw new Error(`took ${Math.round(took)} ms, ended in ${code}`);
  return code;
}
