import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** A graph value that equals a field, and how: `same`, `nhwc`, `nlc+1`, `token0`, … */
export type TrueValue = readonly [value: string, kind: string];

/** What the reference says of one exported file. */
export interface ReferenceCase {
  /** timm's name of the architecture. */
  readonly model: string;
  /** `ts` or `dynamo`. */
  readonly exporter: string;
  /** The values that equal each field; an empty list when no single value does. */
  readonly truth: Readonly<Record<string, readonly TrueValue[]>>;
  /** Largest error of the exported logits in the reference's own run, over the largest logit. */
  readonly logitsError: number;
  /** Size of the weights that were left out, bytes. */
  readonly weightBytes: number;
  /** Bytes of the model, its weights left out. */
  read(): Uint8Array;
}

interface ReferenceFile {
  readonly model: string;
  readonly exports: Readonly<
    Record<
      string,
      {
        readonly truth?: ReferenceCase['truth'];
        readonly logits_err?: number;
        readonly weights_bytes?: number;
      }
    >
  >;
}

/** Every exported file of a reference folder, with its truth. */
export function readReference(folder: string): ReferenceCase[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().flatMap((name) => {
    const file = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as ReferenceFile;
    return Object.entries(file.exports).flatMap(
      ([exporter, { truth, logits_err: logitsError = 0, weights_bytes: weightBytes = 0 }]) => {
        if (truth === undefined) return [];
        const path = `${folder}/${file.model}.${exporter}.onnx.gz`;
        return [
          {
            model: file.model,
            exporter,
            truth,
            logitsError,
            weightBytes,
            read: () => gunzipSync(readFileSync(path)),
          },
        ];
      },
    );
  });
}
