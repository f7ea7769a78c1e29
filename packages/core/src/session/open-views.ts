import type { Tensor } from '../tensor/tensor.js';
import { openSession, type OpenSession } from './open-session.js';
import { runBatch } from './run-batch.js';
import type { HeadSetup, WorkerSetup } from './worker-messages.js';

/**
 * Loads the model of a worker, and the head behind it when there is one.
 *
 * @throws FeaturetapError `RUNTIME_FAILED`, `MANIFEST_INVALID`
 */
export async function openViews(setup: WorkerSetup): Promise<OpenSession> {
  const { model, input, head } = setup;
  const session = await openSession(model, input.name, setup);
  if (head === null) return session;
  try {
    return joinViews(session, await openSession(head.model, head.input.name, setup), head);
  } catch (error) {
    await session.release();
    throw error;
  }
}

/**
 * Makes one session of a backbone and the head behind it.
 *
 * The head runs only when one of its outputs is asked for; the backbone's output that it takes is
 * returned only when that is asked for too.
 */
export function joinViews(
  backbone: OpenSession,
  head: OpenSession,
  { input, outputs: headOutputs }: Pick<HeadSetup, 'input' | 'outputs'>,
): OpenSession {
  const [batch] = input.shape;
  const fixedRows = typeof batch === 'number' ? batch : null;

  async function run(images: Tensor, outputs: readonly string[]): Promise<Map<string, Tensor>> {
    const fromHead = outputs.filter((name) => headOutputs.includes(name));
    if (fromHead.length === 0) return backbone.run(images, outputs);
    const fromBackbone = outputs.filter((name) => !headOutputs.includes(name));
    const features = await backbone.run(images, [...new Set([...fromBackbone, input.name])]);
    const request = { outputs: fromHead, stop: null };
    const logits = await runBatch(head, features.get(input.name)!, request, fixedRows);
    return new Map(
      outputs.map((name) => [name, (headOutputs.includes(name) ? logits : features).get(name)!]),
    );
  }

  return {
    info: { ...backbone.info, head: head.info },
    run,
    async release() {
      await backbone.release();
      await head.release();
    },
  };
}
