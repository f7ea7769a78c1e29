import { featureChain, type ChainLink } from '../../src/taps/chain.js';
import type { TapContext } from '../../src/taps/tap-context.js';

/** The links of the chain that hold the values named, in the order of the graph. */
export function linksOf(context: TapContext, ...values: readonly string[]): ChainLink[] {
  const links = featureChain(context).filter(({ value }) => values.includes(value));
  if (links.length === values.length) return links;
  throw new Error(`found ${links.map(({ value }) => value).join()} of ${values.join()}`);
}
