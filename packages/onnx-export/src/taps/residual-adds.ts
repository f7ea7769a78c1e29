import type { ChainLink } from './chain.js';
import type { TapContext } from './tap-context.js';

/** Whether a value is the sum of two values that both carry data: the end of a residual branch. */
export function isResidualAdd(context: TapContext, value: string): boolean {
  const node = context.producer(value);
  if (node?.opType !== 'Add' && node?.opType !== 'Sum') return false;
  const data = node.inputs.filter((name) => context.flow.carriesData(name));
  return data.length >= 2;
}

/** The links that are the ends of residual branches (He et al. 2016, arXiv:1512.03385). */
export function residualAdds(context: TapContext, links: readonly ChainLink[]): ChainLink[] {
  return links.filter(({ value }) => isResidualAdd(context, value));
}
