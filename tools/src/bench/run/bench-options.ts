import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MODELS } from './models.js';

const HELP = `usage: npm run bench -- [options]

Times and weighs runs in onnxruntime-node, @featuretap/core, transformers.js and PyTorch side by side, on
the demo model and on ResNet-50 and ViT-B/16 with random weights. Needs a built workspace, about 3 GB of
free disk and 8 GB of memory. A result that is wrong ends it with exit code 1; a bar that does not hold is
a row of the table.

  --quick        demo model, two rounds, no peers, no Python: shows that it works, says nothing more
  --rounds N     samples of each row (default 10)
  --only MODEL   one of ${MODELS.map(({ id }) => id).join(', ')}; repeatable
  --python PATH  Python with torch and timm, which also makes the models; without it both are left out
  --no-peers     leave transformers.js and PyTorch out
  --out DIR      folder for models and peers, kept for the next run (default: below the temporary folder)
  --json FILE    write all figures as one JSON document
  --write        write packages/docs/guide/benchmark.md and benchmark-figures.md
  --help         this text

Example:
  $ npm run build && npm run bench -- --quick`;

/** What the command line asks for. */
export interface BenchOptions {
  /** Only whether it works. */
  readonly isQuick: boolean;
  /** Samples of each row. */
  readonly rounds: number;
  /** Models to measure; null for all. */
  readonly only: readonly string[] | null;
  /** Python to look for. */
  readonly python: string;
  /** Whether other programs are measured. */
  readonly hasPeers: boolean;
  /** Folder for models and peers. */
  readonly out: string;
  /** File for all figures; null for none. */
  readonly json: string | null;
  /** Whether the page is written. */
  readonly write: boolean;
}

/** Rounds when nothing is said. */
const ROUNDS = 10;
const QUICK_ROUNDS = 2;

/** Reads the command line; null when it asks for help, which is printed. @throws Error */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true },
      python: { type: 'string', default: process.env.FEATURETAP_PYTHON ?? '.venv/bin/python' },
      peers: { type: 'boolean', default: true },
      out: { type: 'string', default: join(tmpdir(), 'featuretap-bench') },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return null;
  }
  const rounds = Number(values.rounds ?? (values.quick ? QUICK_ROUNDS : ROUNDS));
  const ids = MODELS.map(({ id }) => id);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`Expected --rounds of 1 or more, got ${values.rounds ?? ''}.`);
  }
  const unknown = values.only?.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new Error(`Expected --only of ${ids.join(', ')}, got ${unknown}.`);
  return {
    isQuick: values.quick,
    rounds,
    only: values.only ?? null,
    python: values.python,
    hasPeers: values.peers && !values.quick,
    out: values.out,
    json: values.json ?? null,
    write: values.write,
  };
}
