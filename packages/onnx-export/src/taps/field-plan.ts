import type { Adapter, Evidence } from '@featuretap/core/spec';
import type { ChainLink } from './chain.js';
import type { FieldPlan } from './plan.js';
import type { TapContext } from './tap-context.js';
import { batched, valueKind } from './value-kind.js';

function moduleOf(context: TapContext, value: string): { module?: string } {
  const path = context.pathOf(value);
  return path === null || path.length === 0 ? {} : { module: path.join('.') };
}

function mapAdapter(link: ChainLink): Adapter | null {
  if (link.held === 'NHWC') return { kind: 'nhwc-to-nchw' };
  if (link.held === 'NCHW') return null;
  return { kind: 'tokens-to-map', prefixTokens: link.prefixTokens, size: [...link.size] };
}

/** Input pixels per position, where the input's height is known. */
export function reductionOf(context: TapContext, height: number): Pick<FieldPlan, 'reduction'> {
  const reduction = context.inputSize[0] / height;
  return Number.isFinite(reduction) && reduction > 0 ? { reduction } : {};
}

/** The plan of a stage: always an NCHW map. */
export function stagePlan(context: TapContext, link: ChainLink, evidence: Evidence): FieldPlan {
  const [height, width] = link.size;
  return {
    value: link.value,
    adapter: mapAdapter(link),
    shape: batched(context, link.channels, height, width),
    layout: 'NCHW',
    ...reductionOf(context, height),
    ...moduleOf(context, link.value),
    evidence,
  };
}

/** The plan of unpooled: the value as it is, in the network's own layout. */
export function unpooledPlan(context: TapContext, value: string, evidence: Evidence): FieldPlan {
  const kind = valueKind(context, value);
  return {
    value,
    adapter: null,
    shape: [...(context.shapeOf(value) ?? [])],
    layout: kind.kind === 'map' ? kind.layout : 'NLC',
    ...moduleOf(context, value),
    evidence,
  };
}

/** The plan of a vector field, [N, D]. */
export function vectorPlan(
  context: TapContext,
  value: string,
  adapter: Adapter | null,
  evidence: Evidence,
): FieldPlan {
  const kind = valueKind(context, value);
  const size = kind.kind === 'vector' ? kind.size : kind.kind === 'tokens' ? kind.channels : 1;
  return {
    value,
    adapter,
    shape: batched(context, size),
    layout: 'NC',
    ...moduleOf(context, value),
    evidence,
  };
}
