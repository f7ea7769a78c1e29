import { z } from 'zod';

/** A tapped model: a path, a `file:` URL, or its bytes. */
export type ModelFile =
  | string
  | URL
  | {
      /**
       * The whole file; its weights are inside, or in the folder that the option `weightsFolder`
       * names.
       */
      readonly bytes: Uint8Array;
    };

/** A model, see {@link ModelFile}; its protocol and its content are looked at when it is opened. */
export const modelFileSchema = z.custom<ModelFile>(
  isModelFile,
  'expected a path, a file: URL or { bytes: Uint8Array }',
);

function isModelFile(value: unknown): boolean {
  if (typeof value === 'string' || value instanceof URL) return true;
  return (
    typeof value === 'object' &&
    value !== null &&
    'bytes' in value &&
    value.bytes instanceof Uint8Array
  );
}
