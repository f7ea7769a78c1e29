// Files made by tools/python/make_surgery_fixtures.py.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Adapter, Dim } from '@featuretap/core/spec';
import { bytesSource } from '@featuretap/core/wire';
import type { Model } from '../src/proto/model.js';
import { readModel } from '../src/proto/read-model.js';

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

export function modelBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(`models/${name}.onnx`)));
}

export function exportBytes(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(fixturePath(`exports/${name}.onnx.gz`))));
}

export function parse(bytes: Uint8Array): Promise<Model> {
  return readModel(bytesSource(bytes));
}

type Shapes = Readonly<Record<string, readonly Dim[]>>;

/** A graph value that equals a field of PyTorch's record, as it is or through an adapter. */
interface Answer {
  readonly value: string;
  readonly adapter: Adapter | null;
}

export interface ExportTruth {
  readonly fields: Readonly<Record<string, readonly Answer[]>>;
  readonly shapes: Shapes;
}

function json(name: string): unknown {
  return JSON.parse(readFileSync(fixturePath(name), 'utf8'));
}

export const EXPORTS = Object.entries(
  json('exports/truth.json') as Readonly<Record<string, ExportTruth>>,
);

export const MODEL_SHAPES = Object.entries(
  json('models/shapes.json') as Readonly<Record<string, Shapes>>,
);
