import { FeaturetapError } from '@featuretap/core/spec';
import { printableName, printableNames } from '@featuretap/core/wire';
import { mainCallSites, readCallBytes } from '../graph/call-sites.js';
import type { LocalFunctions } from '../graph/called-functions.js';
import { listCallValues } from '../graph/list-call-values.js';
import { similarNames } from '../graph/similar-names.js';
import { bytesField, concatBytes } from '../proto/encode.js';
import { GRAPH } from '../proto/fields.js';
import { functionKey, type LocalFunction } from '../proto/local-function.js';
import type { FieldRange, Model } from '../proto/model.js';
import { readCall } from '../proto/read-call.js';
import { inlineCall } from './inline-call.js';
import { joinNames, refuseLargeInlining } from './inline-names.js';
import { isSegment, pathResolver, type ResolvedPath } from './resolve-path.js';

/** Addresses that a wrong one is compared with, at most. */
const MAX_SUGGESTED_FROM = 10_000;

/** Options of {@link inlinePaths}. */
export interface InlinePathOptions {
  /** Whether a value of a name exists in the main graph, or will. */
  readonly isTaken: (name: string) => boolean;
}

/** What makes values in calls into values of the main graph. */
export interface InlinedPaths {
  /** Names of the values in the main graph, by address. */
  readonly values: ReadonlyMap<string, string>;
  /** Fields of the graph to write anew: the node fields that stand in their place, encoded. */
  readonly replaced: ReadonlyMap<FieldRange, Uint8Array>;
  /** Operator sets that the model must import besides its own, versions by domain. */
  readonly missingOpsets: ReadonlyMap<string, number>;
  /** Names that the new values have, those in If, Loop and Scan bodies too. */
  readonly given: ReadonlySet<string>;
}

/** A node of the main graph: as it stands, or as what it was replaced by. */
interface Site {
  readonly bytes: Uint8Array;
  body: { readonly names: ReadonlyMap<string, string>; readonly sites: readonly Site[] } | null;
}

/** What inlining reads of a model. */
export type InlineModel = Pick<Model, 'source' | 'opsets'> & {
  /** The main graph's nodes. */
  readonly graph: Pick<Model['graph'], 'nodes'>;
};

/**
 * Inlines the calls around values of model-local functions, each call once.
 *
 * An address is `CALL/…/value`: names of calls from the main graph inwards (a call without a name,
 * or whose name another call beside it has, goes by its first output), then the value's name in the
 * last function. Names may hold slashes themselves: a longer name of a call wins over a shorter one.
 * Values that a call gives or gets have a name outside it, and are had without inlining it.
 *
 * @throws FeaturetapError `TAP_NOT_FOUND` when there is no such value, `MODEL_UNSUPPORTED`,
 * `MODEL_MALFORMED`, `MODEL_TRUNCATED` or `MODEL_LIMIT` as `inlineCall`
 */
export async function inlinePaths(
  model: InlineModel,
  functions: LocalFunctions,
  paths: Iterable<string>,
  options: InlinePathOptions,
): Promise<InlinedPaths> {
  const roots = new Map<FieldRange, Site>();
  const values = new Map<string, string>();
  const given = new Set<string>();
  const missingOpsets = new Map<string, number>();
  const isTaken = (name: string): boolean => given.has(name) || options.isTaken(name);
  const nodeNames = new Set(model.graph.nodes.map(({ name }) => name));
  const isNodeTaken = (name: string): boolean => nodeNames.has(name);
  let written = 0;
  const inline = (site: Site, fn: LocalFunction, prefix: string): NonNullable<Site['body']> => {
    if (site.body !== null) return site.body;
    const opsets = new Map([...model.opsets, ...missingOpsets]);
    const inlined = inlineCall(site.bytes, fn, { prefix, isTaken, isNodeTaken, opsets });
    for (const name of inlined.given) given.add(name);
    for (const name of inlined.givenNodes) nodeNames.add(name);
    for (const [domain, version] of inlined.missingOpsets) missingOpsets.set(domain, version);
    written += inlined.nodes.reduce((sum, node) => sum + node.length, 0);
    refuseLargeInlining(written);
    return (site.body = {
      names: inlined.names,
      sites: inlined.nodes.map((bytes) => ({ bytes, body: null })),
    });
  };
  const find = pathFinder(model, functions);
  for (const path of new Set(paths)) {
    const { at, bytes, steps, value } = await find(path);
    let site: Site = roots.get(at) ?? { bytes, body: null };
    if (steps.length > 0) roots.set(at, site);
    let prefix = '';
    let name = value;
    steps.forEach((step, depth) => {
      prefix = joinNames(prefix, joinNames(step.label, '/'));
      const { names, sites } = inline(site, step.fn, prefix);
      const next = steps[depth + 1];
      if (next !== undefined) site = sites[next.index]!;
      else name = names.get(value) ?? '';
    });
    if (name === '') {
      throw new FeaturetapError(
        'TAP_NOT_FOUND',
        `Expected a value at "${printableName(path)}", but it is an optional input that the call ` +
          'leaves out. Choose another value.',
      );
    }
    values.set(path, name);
  }
  const replaced = new Map([...roots].map(([at, site]) => [at, nodeFields(site)]));
  return { values, replaced, missingOpsets, given };
}

function nodeFields(site: Site): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = ({ bytes, body }: Site): void => {
    if (body === null) parts.push(bytesField(GRAPH.node, bytes));
    else body.sites.forEach(add);
  };
  add(site);
  return concatBytes(parts);
}

interface FoundPath extends ResolvedPath {
  readonly at: FieldRange;
  readonly bytes: Uint8Array;
}

function pathFinder(
  model: InlineModel,
  functions: LocalFunctions,
): (path: string) => Promise<FoundPath> {
  const resolver = pathResolver(functions);
  const calls = mainCallSites(model.graph.nodes, functions);
  return async (path) => {
    const fitting = calls
      .filter(({ label }) => label !== '' && isSegment(path, label, 0))
      .sort((a, b) => b.label.length - a.label.length);
    for (const { label, node } of fitting) {
      const bytes = await readCallBytes(model.source, node);
      const call = readCall(bytes);
      const fn = functions.get(functionKey(call.callee));
      if (fn === undefined) continue;
      const first = { label, index: 0, call, fn };
      const found = resolver.resolve(first, path.slice(label.length + 1));
      if (found !== null) return { ...found, at: node.at, bytes };
    }
    const known: string[] = [];
    for await (const name of listCallValues(model, functions)) {
      if (known.push(name) >= MAX_SUGGESTED_FROM) break;
    }
    throw notFound(path, known);
  };
}

function notFound(path: string, known: readonly string[]): FeaturetapError {
  const near = similarNames(path, known);
  let hint = 'The model calls no functions of its own.';
  if (near.length > 0) hint = `Did you mean ${printableNames(near)}?`;
  else if (known.length > 0) hint = `There are ${printableNames(known.slice(0, 5))} and others.`;
  return new FeaturetapError(
    'TAP_NOT_FOUND',
    'Expected the address of a value in a function call (CALL/…/value), found none at ' +
      `"${printableName(path)}". ${hint}`,
  );
}
