import { modelSection, type BenchResult } from './report.js';

/** The page of a run: how it was measured, what it found, what it does not say. */
export function benchmarkPage({ machine, rounds, models }: BenchResult): string {
  const versions = Object.entries(machine.versions)
    .map(([name, version]) => `${name} ${version ?? 'not installed'}`)
    .join(', ');
  return `# Surgery, timed

<!-- Written by \`npm run bench:surgery -- --write\`. -->

How long it takes to expose the stages, unpooled, pooled and logits of a classifier as outputs of its file, and how much
memory: \`featuretap tap\` with both kinds of \`--weights\`, the library alone, and what Python offers for the same edit.

Measured on ${machine.date}: ${machine.cores} cores (${machine.processor}; load ${machine.load.toFixed(1)} before the run), ${(machine.memoryBytes / 1e9).toFixed(0)} GB of memory, ${machine.system}, file system
${machine.fileSystem}; ${versions}.

## How

- The models are bottleneck residual networks, as wide as the wanted size asks, with random float32 weights and the shape of
  every value in the file, which spares the peers shape inference. All tools expose the same values.
- ${rounds} rounds; in each, every case runs once as a process of its own, in an order that changes from round to round. The model is
  read before each round, so that all find it in the page cache. Before each run the output of the one before is removed and
  the file system synced.
- *Process* is the whole process; *work* is what the process itself measures after all imports, up to the written file. Peak
  memory is the kernel's largest resident size of the process; it counts pages of mapped files and cannot read below the row
  \`true\`.
- Figures are medians with the smallest and largest run. Ratios are ratios of medians with a 95 % bootstrap interval over
  rounds; ${rounds} rounds make that a rough one.
- Ours plans the taps itself, writes to a temporary file, syncs it to the disk and renames it; the peers are told the values
  and sync nothing, as \`cp\` does not. Their like is \`--no-sync\`, which is what *copy* stands for in the last table of a model;
  that of a synced copy is \`cp, then sync FILE\`.
- *yes* or *no* says whether a bar holds on the median, with *?* where a part of the interval says otherwise.
- The peers do their least: \`extract_model\` without its checks and its shape inference.

${models.map(modelSection).join('\n')}
## What this does not say

- Nothing of a cold disk: there, reading the weights takes longest, and a link reads none.
- Nothing of opening the file afterwards. A link leaves the weights where they are and needs the original in its place.
- Where weights are in a file of their own, Python can leave them unread (the rows that do not stand alone) and onnx_ir
  copies them in pieces, as ours does: what is compared there is the start of two programs, and ours finds the taps besides.
- Nothing of file systems that share blocks (btrfs, XFS, APFS): a copy there costs about what a link does.
- The disk decides how long a synced copy takes; compare it with \`cp, then sync FILE\` of the same table only.
`;
}
