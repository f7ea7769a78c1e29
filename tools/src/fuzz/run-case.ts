import { createHash } from 'node:crypto';
import { isFeaturetapError } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import { timmCatalogue } from '@featuretap/models';
import {
  inferValueShapes,
  planTaps,
  readModel,
  sizeOf,
  summarizeModel,
  tapModel,
  type Model,
  type RecordPlan,
  type TapOptions,
  type TapPlan,
} from '@featuretap/onnx-export';
import { BrokenRule, checkWritten } from './check-written.js';
import { bytesOfSegments, runEdit } from './edit-case.js';
import { createRandom, type Random } from './random.js';

/** How a case ended. */
export interface Outcome {
  /** `ok`, a code of FeaturetapError, or `DEFECT`. */
  readonly code: string;
  /** What tells this ending from others: the step it ended in and what was found, without names. */
  readonly signature: string;
  /** What is wrong, for defects. */
  readonly defect?: string;
}

/** A message with what differs from file to file taken out: what was found, in most of them. */
function normalize(message: string): string {
  return message
    .replace(/(?:, found |, got ).*$/s, '')
    .replace(/"[^"]*"/g, '"…"')
    .replace(/\d+/g, '#')
    .slice(0, 160);
}

/** What must not reach a terminal: control characters, and marks that turn text around. */
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;

/** Longest message that a person can read. */
const MAX_MESSAGE_LENGTH = 4000;

function checkText(what: string, text: string): void {
  if (UNPRINTABLE.test(text)) throw new BrokenRule(`${what} has control characters`);
  if (text.length > MAX_MESSAGE_LENGTH)
    throw new BrokenRule(`${what} is ${text.length} characters`);
}

type Field = RecordPlan['pooled'];

/** All fields of a record but the stages. */
function otherFields({ unpooled, pooled, logits }: RecordPlan): Field[] {
  const branches = 'value' in unpooled ? [unpooled] : unpooled;
  return [...branches, pooled, logits];
}

/** Reasons that people will read. */
function checkReasons({ record }: TapPlan): void {
  for (const field of [...record.stages, ...otherFields(record)]) {
    if ('reason' in field) checkText('a reason', field.reason);
  }
  if (record.stagesReason !== undefined) checkText('a reason', record.stagesReason);
}

/** What was found, coarsely: which evidence, how many stages, which adapters. */
function describe({ record, architecture, candidates }: TapPlan): string {
  const kind = (field: Field | undefined): string => {
    if (field === undefined) return '';
    if ('reason' in field) return normalize(field.reason);
    return `${field.evidence}/${field.adapter?.kind ?? ''}`;
  };
  const { stages } = record;
  const count = stages.length < 8 ? stages.length : Math.floor(Math.log2(stages.length)) * 100;
  const named = `${String(architecture !== null)}${String(candidates.length > 0)}`;
  return [count, kind(stages[0]), ...otherFields(record).map(kind), named].join(' ');
}

/** Options of a case: most often none. */
function drawOptions(model: Model, random: Random): TapOptions {
  if (!random.oneIn(4)) return {};
  const values = model.graph.nodes.flatMap(({ outputs }) => outputs);
  const names = ['hand', 'stages.0', '__proto__', '', 'pooled', values[0] ?? ''];
  return random.pick<TapOptions>([
    { fields: ['pooled', 'logits'] },
    { stages: [-1] },
    { stages: [random.int(5) - 2, random.int(3)] },
    { outputs: [{ name: random.pick(names), value: random.pick([...values, '__proto__']) }] },
    { labels: ['\u0000', '__proto__'] },
  ]);
}

/** Tells whether bytes changed, without a copy of them. */
const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

async function collect(model: Model, options: TapOptions, plan: TapPlan): Promise<Uint8Array> {
  const { segments } = await tapModel(model, plan, options);
  const bytes = await bytesOfSegments(model, segments);
  if (bytes.length !== sizeOf(segments)) throw new BrokenRule('sizeOf is not the size');
  return bytes;
}

/** Steps of a case, for signatures. */
type Step = 'read' | 'shapes' | 'plan' | 'edit' | 'tap' | 'read back';

/** Reads, plans, taps and reads back; every error but a typed one is a defect. */
export async function runCase(bytes: Uint8Array, label: string): Promise<Outcome> {
  const random = createRandom(`options ${label}`);
  const before = digest(bytes);
  let step: Step = 'read';
  try {
    const model = await readModel(bytesSource(bytes));
    summarizeModel(model);
    step = 'shapes';
    if (random.oneIn(4)) inferValueShapes(model);
    step = 'plan';
    const plan = planTaps(model, random.oneIn(25) ? { catalogue: timmCatalogue } : {});
    checkReasons(plan);
    step = 'edit';
    const edited = random.oneIn(3) ? await runEdit(bytes, model, plan, random) : '';
    step = 'tap';
    const written = await collect(model, drawOptions(model, random), plan);
    step = 'read back';
    await checkWritten(bytes, model, written);
    if (digest(bytes) !== before) throw new BrokenRule('the input was changed');
    if (Object.keys(Object.prototype).length > 0) throw new BrokenRule('a prototype was changed');
    return { code: 'ok', signature: `ok ${edited} ${describe(plan)}` };
  } catch (error) {
    return judge(error, step);
  }
}

function judge(error: unknown, step: Step): Outcome {
  const defect = (what: string): Outcome => ({
    code: 'DEFECT',
    signature: `DEFECT ${step} ${normalize(what)}`,
    defect: `${step}: ${what}`,
  });
  if (error instanceof BrokenRule) return defect(error.message);
  if (!isFeaturetapError(error)) {
    return defect(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  if (step === 'read back') return defect(`${error.code} ${error.message}`);
  try {
    checkText('a message', error.message);
  } catch (broken) {
    return defect(`${(broken as Error).message}: ${JSON.stringify(error.message.slice(0, 300))}`);
  }
  const { code, message } = error;
  return { code, signature: `${code} ${step} ${normalize(message)}` };
}
