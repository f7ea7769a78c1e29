/**
 * Why the path of a file with weights, as a model states it, could name something outside the
 * model's folder, or null when it cannot.
 *
 * The cases are those of onnx's advisories (CVE-2022-25882, CVE-2024-27318, CVE-2026-27489), names
 * that mean something else on Windows, and onnxruntime's markers for addresses in memory.
 */
export function unsafeLocation(location: string): string | null {
  if (location === '') return 'is empty';
  if (location.includes('\0')) return 'has a NUL character';
  if (location.includes('\\')) return 'has a backslash';
  if (location.startsWith('/')) return 'is absolute';
  if (/^[a-z]:/iu.test(location)) return 'names a drive';
  if (location.split('/').includes('..')) return 'leads out with ..';
  if (location.startsWith('*/') || location.includes('_ORT_MEM_ADDR_')) return 'is no path';
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  if (/[\u0000-\u001f:*?"<>|]/u.test(location))
    return 'has a character that no file name should have';
  return null;
}
