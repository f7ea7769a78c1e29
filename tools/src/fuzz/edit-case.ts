// The other surgeries: views, links, new classifiers, and taking a tap back.
import { isFeaturetapError } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import {
  inferValueShapes,
  linkWeights,
  planTaps,
  pruneModel,
  readModel,
  readSegments,
  reheadModel,
  splitModel,
  tapModel,
  untapModel,
  type Model,
  type ReheadRequest,
  type Segment,
  type TapPlan,
} from '@featuretap/onnx-export';
import { BrokenRule } from './check-written.js';
import type { Random } from './random.js';

/** The bytes that segments make. */
export async function bytesOfSegments(
  model: Model,
  segments: readonly Segment[],
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of readSegments(model.source, segments)) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts));
}

/** Reads a written file back; a typed error is a defect here, it is our own file. */
async function readBack(what: string, model: Model, segments: readonly Segment[]): Promise<Model> {
  const written = await bytesOfSegments(model, segments);
  try {
    const read = await readModel(bytesSource(written));
    try {
      inferValueShapes(read);
    } catch (error) {
      // Parts of a network need not take images.
      if (!isFeaturetapError(error) || error.code !== 'MODEL_NO_IMAGE_INPUT') throw error;
    }
    return read;
  } catch (error) {
    if (!isFeaturetapError(error)) throw error;
    throw new BrokenRule(`${what} gives a file that is not read: ${error.code} ${error.message}`);
  }
}

async function untap(model: Model, plan: TapPlan, original: Uint8Array): Promise<void> {
  const tapped = await tapModel(model, plan);
  const read = await readBack('tap', model, tapped.segments);
  const restored = await bytesOfSegments(read, untapModel(read));
  if (!Buffer.from(original).equals(restored)) throw new BrokenRule('untap gives other bytes');
}

async function link(model: Model, plan: TapPlan): Promise<void> {
  const splices = await linkWeights(model, 'original.onnx');
  const { segments } = await tapModel(model, plan, { weights: { splices, files: [] } });
  planTaps(await readBack('link', model, segments));
}

async function split(model: Model, plan: TapPlan): Promise<void> {
  const { backbone, head } = await splitModel(model, plan);
  planTaps(await readBack('split, backbone', model, backbone.segments));
  await readBack('split, head', model, head.segments);
}

async function prune(model: Model, random: Random): Promise<void> {
  const values = [
    ...model.graph.nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
    '__proto__',
  ];
  const options = random.oneIn(2)
    ? { to: [random.pick(values), random.pick(values)] }
    : { from: [random.pick(values)], to: [random.pick(values)] };
  const pruned = await pruneModel(model, options);
  if (pruned.nodes > 0) await readBack('prune', model, pruned.segments);
}

async function rehead(model: Model, plan: TapPlan, random: Random): Promise<void> {
  const { pooled } = plan.record;
  const size = 'shape' in pooled ? Number(pooled.shape[1]) : 1;
  const width = size > 0 && size < 10_000 ? size : 1;
  const weight = { shape: [2, width], data: new Float32Array(2 * width) };
  const request = random.pick<ReheadRequest>([
    { kind: 'drop' },
    { kind: 'replace', weight },
    { kind: 'replace', weight, bias: { shape: [2], data: new Float32Array(2) } },
    { kind: 'beside', name: 'second', weight },
  ]);
  const { segments } = await reheadModel(model, plan, request);
  planTaps(await readBack(`rehead ${request.kind}`, model, segments));
}

/** Does one further surgery; typed errors pass through. @returns its name. */
export async function runEdit(
  original: Uint8Array,
  model: Model,
  plan: TapPlan,
  random: Random,
): Promise<string> {
  const kind = random.pick(['untap', 'link', 'split', 'prune', 'rehead']);
  if (kind === 'untap') await untap(model, plan, original);
  else if (kind === 'link') await link(model, plan);
  else if (kind === 'split') await split(model, plan);
  else if (kind === 'prune') await prune(model, random);
  else await rehead(model, plan, random);
  return kind;
}
