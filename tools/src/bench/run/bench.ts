// Times and weighs runs side by side with other ways to have them.
//   npm run bench -- [--quick] [--rounds 10] [--only MODEL] [--python PATH] [--no-peers] [--write]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describeHost } from '../host.js';
import { readOptions, type BenchOptions } from './bench-options.js';
import { checkResults } from './check-results.js';
import { contestsOf } from './contests.js';
import type { ContestResult } from './contest.js';
import { measureLateness, type LatenessResult } from './lateness.js';
import { DEMO, MODELS, readyModel, type ModelSpec } from './models.js';
import { benchmarkPage, figuresPage } from './page.js';
import { BUILT_CORE, FIGURES_PAGE, PAGE } from './paths.js';
import { installPeer, writePeerModel, type Peer } from './peer.js';
import { writeInput, writeLargePhotos } from './photos.js';
import type { BenchResult, ModelResult } from './report.js';
import { runContest, type RunSettings } from './run-contest.js';
import { cacheFolder, TINY_SHAPE, type Setting } from './setting.js';
import { createWorkbench } from './workbench.js';

const VERSIONS_OF_PYTHON =
  "import torch, timm, json; print(json.dumps({'torch': torch.__version__, 'timm': timm.__version__}))";

const say = (text: string): void => console.error(text);

function optionsOrExit(): BenchOptions {
  try {
    const read = readOptions(process.argv.slice(2));
    if (read === null) process.exit(0);
    return read;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

const options = optionsOrExit();
const { isQuick, rounds } = options;
const freshRounds = Math.min(rounds, isQuick ? 1 : 4);
if (!existsSync(BUILT_CORE)) {
  say('Expected the built packages. Run npm run build first.');
  process.exit(1);
}
const begin = performance.now();
const host = describeHost();
const leftOut: string[] = [];
const versions: Record<string, string> = { node: process.versions.node };
const versionOf = createRequire(import.meta.url);
versions['onnxruntime-node'] = (
  versionOf('onnxruntime-node/package.json') as { version: string }
).version;

/** Notes what is left out, and says it. */
function leaveOut(what: string): void {
  if (!leftOut.includes(what)) leftOut.push(what);
  say(what);
}

mkdirSync(options.out, { recursive: true });
const python = isQuick || !existsSync(options.python) ? null : options.python;
const bench = createWorkbench(options.out, python);
const torchVersions = await findTorch();
const hasTorch = torchVersions !== null && options.hasPeers;
Object.assign(versions, hasTorch ? torchVersions : {});
const peer = await findPeer();
Object.assign(versions, peer?.versions ?? {});

async function findTorch(): Promise<Record<string, string> | null> {
  if (isQuick) return null;
  if (python !== null) {
    try {
      return JSON.parse(await bench.run([python, '-c', VERSIONS_OF_PYTHON])) as Record<
        string,
        string
      >;
    } catch (error) {
      say(error instanceof Error ? error.message : String(error));
    }
  }
  leaveOut(`PyTorch eager: no Python with torch and timm at the place given (--python).`);
  return null;
}

async function findPeer(): Promise<Peer | null> {
  if (!options.hasPeers) {
    leaveOut('transformers.js and PyTorch: not asked for.');
    return null;
  }
  try {
    return await installPeer(bench, join(options.out, 'peers'));
  } catch (error) {
    leaveOut(`transformers.js: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

async function measureModel(
  spec: ModelSpec,
  largePhotos: readonly string[],
): Promise<ModelResult | null> {
  say(`${spec.id}: preparing`);
  const place = { folder: join(options.out, 'models'), python: hasTorchOrNull() };
  const model = await readyModel(bench, spec, place);
  if (model === null) {
    leaveOut(`${spec.id}: its file is not there, and no Python can make it.`);
    return null;
  }
  const shape = model.manifest.preprocess?.inputSize ?? [3, 224, 224];
  const setting: Setting = {
    ...{ model, shape, largePhotos, hasTorch, isQuick },
    cores: availableParallelism(),
    input: writeInput(bench.folder, shape),
    tinyInput: writeInput(bench.folder, TINY_SHAPE),
    cache: cacheFolder(bench.folder),
    peer: peer === null ? null : { module: peer.module, models: writePeerModel(bench, model) },
  };
  const checked = await checkResults(bench, setting);
  say(`${spec.id}: all ways agree within ${checked.largest.toExponential(1)}`);
  const settings: RunSettings = {
    rounds,
    freshRounds,
    sampleMs: isQuick ? 100 : 400,
    onProgress: (text) => say(`${spec.id} ${text}`),
  };
  const contests: ContestResult[] = [];
  for (const contest of contestsOf(setting)) {
    const result = await runContest(bench, contest, settings);
    for (const { label, refused } of result.contestants) {
      if (refused !== undefined) leaveOut(`${label}: ${refused}`);
    }
    contests.push(result);
  }
  const lateness = spec.lateness || isQuick ? await latenessOf(setting) : [];
  const { id, architecture, bytes } = model;
  return { model: { id, architecture, bytes }, checked, contests, lateness };
}

/** The timer's lateness with workers of both kinds. */
async function latenessOf(setting: Setting): Promise<LatenessResult[]> {
  const times = isQuick ? { windows: 2, forMs: 500 } : { windows: 3, forMs: 3000 };
  const results: LatenessResult[] = [];
  for (const isolation of ['thread', 'process'] as const) {
    const measured = await measureLateness(bench, setting, { ...times, isolation });
    if (measured === null) leaveOut(`isolation: '${isolation}': this version does not have it.`);
    else results.push(measured);
    say(`${setting.model.id} lateness, ${isolation}`);
  }
  return results;
}

/** A Python that can make models. */
function hasTorchOrNull(): string | null {
  return torchVersions === null ? null : python;
}

const wanted = MODELS.filter(
  ({ id }) => options.only?.includes(id) ?? (!isQuick || id === DEMO.id),
);
const largePhotos = isQuick ? [] : await writeLargePhotos(bench.folder);
const models: ModelResult[] = [];
for (const spec of wanted) {
  const result = await measureModel(spec, largePhotos);
  if (result !== null) models.push(result);
}
const result: BenchResult = {
  ...{ host, versions, rounds, leftOut, models },
  freshRounds,
  seconds: (performance.now() - begin) / 1000,
};
console.log(`${benchmarkPage(result)}\n${figuresPage(result)}`);
say(`${result.seconds.toFixed(0)} seconds`);
if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
if (options.write) {
  writeFileSync(PAGE, benchmarkPage(result));
  writeFileSync(FIGURES_PAGE, figuresPage(result));
  say(`wrote ${PAGE} and ${FIGURES_PAGE}`);
}
process.exit(models.length === 0 ? 1 : 0);
