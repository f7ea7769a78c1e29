/** Where a native part failed to load. */
export interface LoadingMachine {
  /** `process.platform`. */
  readonly platform: string;
  /** `process.arch`. */
  readonly arch: string;
  /** Whether the C library is glibc; musl is not. Only looked at on Linux. */
  readonly glibc: boolean;
}

/** Machines that onnxruntime-node 1.30.0 carries a binding for: the folders of its `bin/napi-v6`. */
const RUNTIME_MACHINES: readonly string[] = [
  'darwin arm64',
  'linux arm64',
  'linux x64',
  'win32 arm64',
  'win32 x64',
];

function loadingMachine(): LoadingMachine {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const glibc = report.header?.glibcVersionRuntime !== undefined;
  return { platform: process.platform, arch: process.arch, glibc };
}

/** What to do about a native part that does not load. */
export function adviceFor(
  name: 'onnxruntime-node' | 'sharp',
  version: string | null,
  machine: LoadingMachine = loadingMachine(),
): string {
  const { platform, arch, glibc } = machine;
  if (version === null) return `Install it: npm install ${name}.`;
  if (name === 'sharp') {
    return (
      'Its binary is an optional dependency: install without --omit=optional, and with a ' +
      `lock file that was made for ${platform} ${arch} too (npm install --include=optional sharp).`
    );
  }
  if (platform === 'linux' && !glibc) {
    return 'It needs glibc, and this Linux has another C library (musl, as Alpine): use a Debian-based image.';
  }
  if (!RUNTIME_MACHINES.includes(`${platform} ${arch}`)) {
    return `It has no binary for ${platform} ${arch}; it has for ${RUNTIME_MACHINES.join(', ')}.`;
  }
  return (
    'Reinstall it: rm -r node_modules, then npm ci. Where only the npm registry can be reached, ' +
    'set ONNXRUNTIME_NODE_INSTALL=skip for the install: it skips only the download of CUDA parts.'
  );
}
