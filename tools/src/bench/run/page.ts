import { judge } from '../bar.js';
import { comparedRatios, ratioSection } from './ratios.js';
import { isTimely, latenessSection, modelSection, type BenchResult } from './report.js';

/** How many bars hold on the median, and how many there are. */
function barCounts({ models }: BenchResult): string {
  const judged = models
    .flatMap(({ contests }) => contests.flatMap(comparedRatios))
    .flatMap(({ ratio, bar }) => (bar === undefined ? [] : [judge(ratio, bar).holds]));
  const timers = models.flatMap(({ lateness }) => lateness.map(({ busy }) => isTimely(busy)));
  const held = [...judged, ...timers];
  return `${held.filter(Boolean).length} of ${held.length}`;
}

/** The page of a run: how it was measured, what holds, what it does not say. */
export function benchmarkPage(result: BenchResult): string {
  const { host, versions, rounds, freshRounds, models, leftOut, seconds } = result;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const missing = leftOut.map((reason) => `- ${reason}\n`).join('');
  return `# Running, timed

<!-- Written by \`npm run bench -- --write\`. -->

What one record run costs against the untapped network, against two networks, against other runtimes; what the compiled
cache saves; and whether the caller's event loop stays free. ${barCounts(result)} bars hold on the median.

Measured on ${host.date} in ${(seconds / 60).toFixed(0)} minutes: ${host.cores} cores (${host.processor}; load ${host.load.toFixed(1)} before the run), ${(host.memoryBytes / 1e9).toFixed(0)} GB of memory,
${host.system}; ${named.join(', ')}.

## How

- Every row is a child process of its own that loads once and is asked for one sample a round: ${rounds} rounds, in an order that
  changes from round to round. Between its samples a process is stopped (SIGSTOP): what waits cannot spin.
- Children use the built packages. *One thread* is what a worker has by default; *all cores* is what onnxruntime has by default
  and the extractor with \`profile: 'latency'\`. Sessions of onnxruntime-node and the workers beside them have the same number
  of intra-op threads and do not spin; transformers.js and its threads are as they are by default.
- A figure is the median with the smallest and largest sample. A ratio is the median of the rounds' ratios with a 95 %
  bootstrap interval over rounds; *yes* or *no* says whether its bar holds, with *?* where a part of the interval says
  otherwise. The row A/A is the same model twice: no smaller difference means anything.
- Processor time is user and system time of the process and all that it started. Private memory is \`Anonymous\` of
  \`smaps_rollup\`, of all these processes, less what the same process had after its imports and before it loaded; the extractor
  imports onnxruntime in its workers, which counts against it. Peak is \`VmHWM\`, mapped files included.
- Load time, and the memory beside it, come from ${freshRounds} fresh processes of each row, the files being in the page cache; *after runs*
  is after a few. Load goes from the call to ready; imports before it are not in it.
- Two networks are the whole one and the one without its head, in one process, one after the other on the same input. Two
  plain sessions are the tapped file loaded twice by onnxruntime-node alone.
- resnet50 and vit-b16 have random weights, the demo model its real ones. Ready tensors are random numbers.
- Small photos are the three of the demo package (two PNG, one JPEG, 300 to 427 pixels high), large ones the same enlarged to
  4000 × 3000 and saved as JPEG; both repeated. Streams run as they do by default, in batches of 4, with the compiled cache, warm.
- transformers.js loads the same untapped file from a local folder and is told the same preprocessing in its own words. It
  returns logits; its resizing is sharp's, ours equals Pillow's.
${missing === '' ? '' : `\nLeft out:\n\n${missing}`}
${ratioSection(models)}
${latenessSection(models.flatMap(({ lateness }) => lateness))}
[The figures behind the ratios](benchmark-figures.md), model by model.

## What this does not say

- Nothing of other processors, of more cores, of GPUs: ratios of threads and workers move with the number of cores.
- Nothing of a cold disk, and nothing of the first run ever, when the compiled cache has to be made.
- Two sessions one after the other are the users' starting point as we met it; who already runs only one network, and needs
  only its logits, gains nothing but the fields.
- A small network gains little from shared weights: what workers and onnxruntime hold whatever they run (the rows *of a network
  of 4 kB*) is most of its memory.
- Enlarged photos are smoother than a camera's and decode faster; the numbers of a real collection are its own.
- Random weights cost what trained ones cost here, but for values that become denormal; none of the sort was looked for.
- ${rounds} rounds on one machine on one day. The intervals speak of these rounds, not of other machines or days.
`;
}

/** The figures of a run, model by model. */
export function figuresPage({ host, rounds, models }: BenchResult): string {
  return `# Running, timed: the figures

<!-- Written by \`npm run bench -- --write\`. -->

What the ratios of [Running, timed](benchmark.md) are made of; that page says how it was measured. Measured on ${host.date}, ${rounds} rounds.

${models.map(modelSection).join('\n')}`;
}
