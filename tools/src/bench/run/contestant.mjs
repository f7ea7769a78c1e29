// A child process that holds one contestant and does what it is asked; see protocol.ts.
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { openExtractor } from './open-extractor.mjs';
import { openPeer } from './open-peer.mjs';
import { openRaw } from './open-raw.mjs';
import { readRows } from './work-input.mjs';
import { memoryUse, processorMs } from './process-tree.mjs';

/** @typedef {import('./protocol.js').Request} Request */
/** @typedef {import('./protocol.js').ContestantSpec} ContestantSpec */
/** @typedef {import('./protocol.js').Work} Work */
/** @typedef {{ images: number, values: () => import('./protocol.js').Values }} Result */
/**
 * @typedef {object} Contestant
 * @property {(work: Work) => Promise<Result>} run
 * @property {string | null} compiled
 * @property {() => unknown} [close]
 */

/** Period of the timer whose lateness is measured, milliseconds. */
const PERIOD_MS = 5;

/** @type {Contestant | null} */
let contestant = null;

/** Imports what a contestant needs. @param {ContestantSpec} spec */
function open(spec) {
  switch (spec.kind) {
    case 'raw':
      return openRaw(spec);
    case 'extractor':
      return openExtractor(spec);
    case 'peer':
      return openPeer(spec);
    case 'torch':
      throw new Error('PyTorch is not in this process.');
  }
}

/**
 * @param {ContestantSpec} spec
 * @param {Work} work
 * @returns {Promise<import('./protocol.js').Loaded>}
 */
async function load(spec, work) {
  const { load: begin } = await open(spec);
  // The input is the benchmark's, not the contestant's.
  if (work.kind !== 'images') readRows(work.file, work.shape, 1);
  await sleep(50);
  const before = memoryUse();
  const start = performance.now();
  try {
    contestant = await begin();
  } catch (error) {
    // An option that this version does not have leaves a row out; all else ends the benchmark.
    const { code, message } = /** @type {Error & { code?: string }} */ (error);
    if (code !== 'OPTION_INVALID') throw error;
    return { refused: message, loadMs: 0, before, compiled: null };
  }
  return { loadMs: performance.now() - start, before, compiled: contestant.compiled };
}

function loaded() {
  if (contestant === null) throw new Error('Nothing is loaded.');
  return contestant;
}

/** @param {Work} work @param {number} repeats @returns {Promise<import('./protocol.js').Sample>} */
async function sample(work, repeats) {
  const { run } = loaded();
  const processorBefore = processorMs();
  const start = performance.now();
  let images = 0;
  for (let i = 0; i < repeats; i++) images += (await run(work)).images;
  const wallMs = performance.now() - start;
  return { wallMs, cpuMs: processorMs() - processorBefore, images };
}

/**
 * How late a timer of this thread is, while runs follow one another or nothing happens.
 *
 * @param {Work | null} work
 * @param {number} forMs
 * @returns {Promise<import('./protocol.js').Lateness>}
 */
async function lateness(work, forMs) {
  /** @type {number[]} */
  const late = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(now - last - PERIOD_MS);
    last = now;
  }, PERIOD_MS);
  const end = performance.now() + forMs;
  let runs = 0;
  if (work === null) await sleep(forMs);
  else {
    while (performance.now() < end) {
      await loaded().run(work);
      runs++;
    }
  }
  clearInterval(timer);
  late.sort((a, b) => a - b);
  return {
    ticks: late.length,
    maxMs: late.at(-1) ?? NaN,
    p99Ms: late[Math.floor(late.length * 0.99)] ?? NaN,
    runs,
  };
}

/** @param {Request} request */
async function answer(request) {
  switch (request.op) {
    case 'load':
      return load(request.spec, request.work);
    case 'sample':
      return sample(request.work, request.repeats);
    case 'values':
      return (await loaded().run(request.work)).values();
    case 'memory':
      return memoryUse();
    case 'lateness':
      return lateness(request.work, request.forMs);
    case 'close':
      await contestant?.close?.();
      return null;
  }
}

const answers = createWriteStream('', { fd: 3 });
for await (const line of createInterface({ input: process.stdin })) {
  /** @type {unknown} */
  let reply;
  /** @type {Request} */
  const request = JSON.parse(line);
  try {
    reply = { value: await answer(request) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  answers.write(`${JSON.stringify(reply)}\n`);
  if (request.op === 'close') break;
}
answers.end();
