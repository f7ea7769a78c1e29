import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CaseName } from './make-case.js';
import type { Report } from './worker.js';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Longest time that a case may take, milliseconds. */
const MAX_MILLISECONDS = 2000;

/** Growth of resident memory that a case may cause, bytes. */
const MAX_GROWTH_BYTES = 300 * 2 ** 20;

/** Heap of the worker, MiB: what a case may take and what Node and the catalogue take themselves. */
const HEAP_MEBIBYTES = 420;

/** Seconds after which a case counts as hanging: long enough to start a process. */
const HANG_SECONDS = 20;

/** Processes are replaced after so many cases, so that garbage of old ones is not blamed on new ones. */
const CASES_PER_PROCESS = 20_000;

/** What became of a case whose process ended without an answer. */
function lost(reason: string): Report {
  const defect = `the process ended: ${reason}`;
  const none = { milliseconds: 0, growthBytes: 0, inputBytes: 0 };
  return { code: 'DEFECT', signature: `DEFECT ${reason}`, defect, ...none };
}

/** A report whose time and memory are judged too. */
function judged(report: Report): Report {
  const { code, milliseconds, growthBytes } = report;
  if (code === 'DEFECT') return report;
  const problem =
    milliseconds > MAX_MILLISECONDS
      ? `took ${Math.round(milliseconds)} ms`
      : growthBytes > MAX_GROWTH_BYTES
        ? `took ${Math.round(growthBytes / 2 ** 20)} MiB`
        : null;
  if (problem === null) return report;
  const signature = `DEFECT ${problem.endsWith('ms') ? 'slow' : 'memory'} ${report.signature}`;
  return { ...report, code: 'DEFECT', signature, defect: `${problem}, ended in ${code}` };
}

/** Runs cases in a process of their own, which is watched and replaced when it ends. */
export class CaseRunner implements Disposable {
  #child: ChildProcess | null = null;
  #done = 0;

  /** The reports of cases, in their order. */
  async run(names: readonly CaseName[]): Promise<Report[]> {
    const reports: Report[] = [];
    while (reports.length < names.length) {
      const answered = await this.#ask(names.slice(reports.length));
      for (const report of answered) {
        const final = judged(report);
        const name = names[reports.length]!;
        // A busy machine, or a process that was just started, is slow too: once more, alone.
        const isTimed = final.code === 'DEFECT' && report.code !== 'DEFECT';
        reports.push(isTimed ? await this.#alone(name) : final);
      }
    }
    return reports;
  }

  async #alone(name: CaseName): Promise<Report> {
    this[Symbol.dispose]();
    const [report] = await this.#ask([name]);
    this[Symbol.dispose]();
    return judged(report!);
  }

  /** Reports of the first cases, at least one; fewer than asked for when the process ends. */
  #ask(names: readonly CaseName[]): Promise<Report[]> {
    if (this.#done > CASES_PER_PROCESS) this[Symbol.dispose]();
    const child = (this.#child ??= fork(WORKER, {
      execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MEBIBYTES}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    }));
    const reports: Report[] = [];
    let errors = '';
    return new Promise((resolve) => {
      const finish = (): void => {
        clearInterval(timer);
        child.removeAllListeners();
        child.stderr?.removeAllListeners('data');
        this.#done += reports.length;
        resolve(reports);
      };
      const giveUp = (reason: string): void => {
        reports.push(lost(reason));
        finish();
        this[Symbol.dispose]();
      };
      // Seconds are counted one by one: a machine that slept, or a run that was stopped for a while,
      // misses ticks, and nobody hung.
      let waited = 0;
      const timer = setInterval(() => {
        waited++;
        if (waited >= HANG_SECONDS) giveUp(`no answer in ${HANG_SECONDS} s`);
      }, 1000);
      child.stderr?.on(
        'data',
        (text: Buffer) => (errors = `${errors}${text.toString()}`.slice(-4000)),
      );
      child.on('message', (report: Report) => {
        reports.push(report);
        waited = 0;
        if (reports.length === names.length) finish();
      });
      child.on('close', (code, signal) => {
        const why = errors.includes('heap out of memory') ? 'out of memory' : errors.slice(-600);
        giveUp(`exit ${String(code ?? signal)} ${why}`);
      });
      child.send(names);
    });
  }

  /** Ends the process. */
  [Symbol.dispose](): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
    this.#done = 0;
  }
}
