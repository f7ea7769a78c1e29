import type { Manifest } from '@featuretap/core/spec';
import type { Tensor } from 'onnxruntime-node';
import type { Claim } from './claims.js';
import type { RefusalCase } from './refusal-case.js';

/** Name of the output that holds a claim. */
function outputOf({ record }: Manifest, { field, key }: Claim): string | undefined {
  const position = Number(key.split('.')[1] ?? 0);
  const fields = [record[field]].flat();
  if (field !== 'stages') return fieldOutput(fields[position]);
  const stage = record.stages.find(({ index }, i) => (index ?? i) === position);
  return fieldOutput(stage);
}

function fieldOutput(field: unknown): string | undefined {
  return typeof field === 'object' && field !== null && 'output' in field
    ? String(field.output)
    : undefined;
}

/** Rank that a layout has, and the axes that are positions. */
const LAYOUTS: Readonly<Record<string, { rank: number; positions: readonly number[] }>> = {
  NCHW: { rank: 4, positions: [2, 3] },
  NHWC: { rank: 4, positions: [1, 2] },
  NLC: { rank: 3, positions: [1] },
  NCL: { rank: 3, positions: [2] },
  NC: { rank: 2, positions: [] },
};

/**
 * What is wrong with the shapes that a plan states, one line each: they are compared with what
 * onnxruntime returned for the claimed outputs.
 *
 * A named axis may have any size, but one size for each name: the batch is the image's.
 */
export function judgeShapes(
  { inputs }: RefusalCase,
  manifest: Manifest,
  claims: readonly Claim[],
  outputs: ReadonlyMap<string, Tensor>,
): string[] {
  const wrong: string[] = [];
  const image = inputs[manifest.input.name]?.shape ?? [];
  const sizes = new Map<string, number>();
  manifest.input.shape.forEach((dim, axis) => {
    if (typeof dim === 'string') sizes.set(dim, image[axis] ?? 0);
  });
  const height = image[manifest.input.layout === 'NCHW' ? 2 : 1] ?? 0;
  for (const claim of claims) {
    const { key, field, plan } = claim;
    const real = outputs.get(outputOf(manifest, claim) ?? '')?.dims;
    if (real === undefined) {
      wrong.push(`${key}: the tapped file has no output for ${plan.value}`);
      continue;
    }
    const stated = `${plan.value} stated as ${plan.layout} [${plan.shape.join(', ')}]`;
    const fits = plan.shape.every((dim, axis) => {
      const size = real[axis] ?? 0;
      if (typeof dim === 'number') return dim === size;
      const known = sizes.get(dim) ?? size;
      sizes.set(dim, known);
      return known === size;
    });
    if (!fits || plan.shape.length !== real.length) {
      wrong.push(`${key}: ${stated}, but it is [${real.join(', ')}]`);
      continue;
    }
    if (real[0] !== image[0]) wrong.push(`${key}: ${stated}, but there are ${image[0]} images`);
    const layout = LAYOUTS[plan.layout];
    if (layout?.rank !== real.length) wrong.push(`${key}: ${stated} has another rank`);
    const positions = (layout?.positions ?? []).reduce((n, axis) => n * (real[axis] ?? 0), 1);
    if (field === 'stages' || field === 'unpooled') {
      if (positions <= 1) wrong.push(`${key}: ${stated} has no positions`);
    }
    // Strided operators round up: a side may be one more than the whole number of strides.
    const side = plan.reduction === undefined ? real[2] : Math.ceil(height / plan.reduction);
    if (Math.abs((real[2] ?? 0) - (side ?? 0)) > 1) {
      wrong.push(`${key}: ${stated}, reduction ${plan.reduction}, but ${height} / ${real[2]}`);
    }
  }
  return wrong;
}
