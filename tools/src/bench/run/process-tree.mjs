// Memory and processor time of this process with all that it started. Linux; elsewhere null or less.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of /proc/PID/stat are 1/100 s on every Linux that Node runs on. */
const TICK_MS = 10;

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or the process has ended.
    return null;
  }
}

/** Fields of /proc/PID/stat behind the name, which may hold anything. @param {number} pid */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Processes that this one started, and those that they started. */
function descendants() {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  let names;
  try {
    names = readdirSync('/proc');
  } catch {
    return [];
  }
  for (const name of names) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? stat(pid)?.[1] : undefined;
    if (parent === undefined) continue;
    children.set(Number(parent), [...(children.get(Number(parent)) ?? []), pid]);
  }
  const found = [...(children.get(process.pid) ?? [])];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

/** A figure in kB of a file of /proc, in bytes. @param {string} path @param {string} key */
function kilobytes(path, key) {
  const match = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(read(path) ?? '');
  return match === null ? null : Number(match[1]) * 1024;
}

/** @param {(number | null)[]} numbers */
function sum(numbers) {
  // Of a process that has just ended nothing can be read, and nothing is held.
  return numbers[0] == null ? null : numbers.reduce((total, n) => Number(total) + Number(n), 0);
}

/** @returns {import('./protocol.js').MemoryUse} */
export function memoryUse() {
  globalThis.gc?.();
  const pids = [process.pid, ...descendants()];
  return {
    anonymousBytes: sum(pids.map((pid) => kilobytes(`/proc/${pid}/smaps_rollup`, 'Anonymous'))),
    peakBytes: sum(pids.map((pid) => kilobytes(`/proc/${pid}/status`, 'VmHWM'))),
  };
}

/** Processor time so far of this process and of those it started, milliseconds. */
export function processorMs() {
  const { user, system } = process.cpuUsage();
  const others = descendants().map((pid) => {
    const fields = stat(pid);
    return (Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)) * TICK_MS;
  });
  return (user + system) / 1000 + others.reduce((total, ms) => total + ms, 0);
}
