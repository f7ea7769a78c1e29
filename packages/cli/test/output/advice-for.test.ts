import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../src/output/advice-for.js';

const glibc = { platform: 'linux', arch: 'x64', glibc: true };

describe('adviceFor', () => {
  it.each([
    ['sharp', null, glibc, 'npm install sharp'],
    ['sharp', '0.35.5', glibc, '--include=optional'],
    ['onnxruntime-node', '1.30.0', { ...glibc, glibc: false }, 'musl'],
    ['onnxruntime-node', '1.30.0', { ...glibc, arch: 's390x' }, 'no binary for linux s390x'],
    ['onnxruntime-node', '1.30.0', { ...glibc, platform: 'darwin' }, 'no binary for darwin x64'],
    ['onnxruntime-node', '1.30.0', glibc, 'ONNXRUNTIME_NODE_INSTALL=skip'],
  ] as const)('%s %s on %o: %s', (name, version, machine, text) => {
    expect(adviceFor(name, version, machine)).toContain(text);
  });

  it('knows the machines that onnxruntime-node has a binding for', () => {
    const require = createRequire(import.meta.url);
    const root = dirname(require.resolve('onnxruntime-node/package.json'));
    const folder = join(root, 'bin', 'napi-v6');
    for (const platform of readdirSync(folder)) {
      for (const arch of readdirSync(join(folder, platform))) {
        const advice = adviceFor('onnxruntime-node', '1.30.0', { platform, arch, glibc: true });
        expect(advice, `${platform} ${arch}`).toContain('Reinstall');
      }
    }
  });
});
