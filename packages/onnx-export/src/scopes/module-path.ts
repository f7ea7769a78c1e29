import { MAX_MODULE_DEPTH } from '../limits.js';
import { parseNameScopes } from './parse-name-scopes.js';

/** Path of the module that a node belongs to, from the root; empty for the network itself. */
export type ModulePath = readonly string[];

/** Whether one path is inside another, or the same. */
export function isInside(path: ModulePath, outer: ModulePath): boolean {
  return outer.length <= path.length && outer.every((segment, i) => segment === path[i]);
}

function bounded(path: ModulePath): ModulePath | null {
  return path.length > MAX_MODULE_DEPTH ? null : path;
}

/**
 * Module path from a node name of torch's TorchScript exporter.
 *
 * Names are the variable names of called modules joined by "/", but a child of Sequential repeats
 * its container: `/layer1/layer1.0/conv1/Conv`. Such a segment replaces the one before it.
 * Source: torch/csrc/jit/passes/onnx/naming.cpp.
 */
export function torchScriptPath(name: string): ModulePath | null {
  if (!name.startsWith('/')) return null;
  const segments = name.slice(1).split('/').slice(0, -1);
  if (segments.length > MAX_MODULE_DEPTH) return null;
  const folded: string[] = [];
  for (const segment of segments) {
    const previous = folded.at(-1);
    if (previous !== undefined && segment.startsWith(`${previous}.`)) folded.pop();
    folded.push(segment);
  }
  return bounded(folded.flatMap((segment) => segment.split('.')));
}

/**
 * Module path from the `name_scopes` metadata of torch's dynamo exporter.
 *
 * The list holds fully qualified names from the root down; its last entry is the traced operation.
 */
export function dynamoPath(nameScopes: string): ModulePath | null {
  const scopes = parseNameScopes(nameScopes);
  if (scopes === null || scopes.length < 2) return null;
  const module = scopes.at(-2) ?? '';
  return module === '' ? [] : bounded(module.split('.'));
}
