import { setImmediate } from 'node:timers/promises';
import { abortable, throwIfAborted } from './abortable.js';

/** How {@link readAhead} gets work, does it and ends. */
export interface ReadAheadPlan<W, T> {
  /** Reads the next piece of work; null when there is no more. */
  readonly read: () => Promise<W | null>;
  /** Starts a piece of work. */
  readonly start: (work: W) => Promise<T>;
  /** Pieces that are read and not given out yet, at most. */
  readonly limit: number;
  /** Ends everything: nothing more is read or started. */
  readonly signal: AbortSignal;
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; error: unknown };

/**
 * Starts work ahead of the consumer and gives out the results in the order of reading.
 *
 * A piece counts against the limit until the consumer asks for the one behind it, so a slow consumer
 * stops the reading. Errors of reading and of work come in their place.
 *
 * @throws FeaturetapError `ABORTED` when the signal fires, and what reading and work throw
 */
export async function* readAhead<W, T>(plan: ReadAheadPlan<W, T>): AsyncGenerator<T, void, void> {
  const { signal, limit } = plan;
  const queue: Promise<Outcome<T>>[] = [];
  const state = { isRead: false };
  let tellRoom: () => void = () => undefined;
  let tellEntry: () => void = () => undefined;

  const isEnded = (): boolean => signal.aborted;

  async function fill(): Promise<void> {
    try {
      while (!isEnded()) {
        if (queue.length >= limit) {
          await new Promise<void>((resolve) => {
            tellRoom = resolve;
          });
          continue;
        }
        const work = await plan.read();
        if (work === null || isEnded()) return;
        queue.push(outcomeOf(plan.start(work)));
        tellEntry();
        // Reading copies buffers of the caller; its timers must not wait for a whole queue of them.
        await setImmediate();
      }
    } catch (error) {
      queue.push(Promise.resolve({ ok: false, error }));
    } finally {
      state.isRead = true;
      tellEntry();
    }
  }

  void fill();
  const stop = (): void => undefined;
  for (;;) {
    throwIfAborted(signal);
    if (queue.length === 0 && !state.isRead) {
      const entry = new Promise<void>((resolve) => {
        tellEntry = resolve;
      });
      await abortable(entry, signal, stop);
      continue;
    }
    const [head] = queue;
    if (head === undefined) return;
    const outcome = await abortable(head, signal, stop);
    if (!outcome.ok) throw outcome.error;
    yield outcome.value;
    void queue.shift();
    tellRoom();
  }
}

/** Never rejects: the work may fail long before the consumer comes to it, or after it has left. */
async function outcomeOf<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work };
  } catch (error) {
    return { ok: false, error };
  }
}
