import { fileURLToPath } from 'node:url';

/** Path of the Python script, beside this package's sources and its build, that exports a timm model to ONNX. */
export function exportHelperPath(): string {
  return fileURLToPath(new URL('../../python/featuretap_export.py', import.meta.url));
}
