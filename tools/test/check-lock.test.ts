import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lockProblems } from '../src/check-lock.mjs';

type Lock = Parameters<typeof lockProblems>[0];

const lockFile = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(lockFile, 'utf8')) as Lock;

/** The committed lock with some entries changed; `null` removes one. */
function withEntries(changes: Record<string, Lock['packages'][string] | null>): Lock {
  const packages = { ...lock.packages, ...changes };
  const kept = Object.entries(packages).filter(
    (item): item is [string, Lock['packages'][string]] => {
      return item[1] !== null;
    },
  );
  return { packages: Object.fromEntries(kept) };
}

describe('lockProblems', () => {
  it('finds nothing wrong with the committed lock', () => {
    expect(lockProblems(lock)).toEqual([]);
  });

  it('refuses addresses, which tie the lock to one registry', () => {
    const resolved = 'https://registry.example/a.tgz';
    const changed = withEntries({ 'node_modules/a': { resolved, integrity: 'sha512-x' } });
    expect(lockProblems(changed)).toEqual([`node_modules/a has an address: ${resolved}`]);
  });

  it('refuses a package without a hash', () => {
    expect(lockProblems(withEntries({ 'node_modules/a/node_modules/@b/c': {} }))).toEqual([
      'node_modules/a/node_modules/@b/c has no integrity hash',
    ]);
  });

  it.each([
    '@img/sharp-win32-arm64',
    '@img/sharp-libvips-darwin-arm64',
    '@nx/nx-linux-arm64-gnu',
    '@rolldown/binding-win32-x64-msvc',
    'lightningcss-darwin-x64',
  ])('refuses a lock without %s', (name) => {
    const problems = lockProblems(withEntries({ [`node_modules/${name}`]: null }));
    expect(problems).toContainEqual(expect.stringMatching(`^${name.replace(/-(gnu|msvc)$/, '')}`));
  });

  it('refuses a lock that forgot an optional part of any package', () => {
    const entry = { integrity: 'sha512-x', optionalDependencies: { 'a-win32': '1.0.0' } };
    expect(lockProblems(withEntries({ 'node_modules/a': entry }))).toEqual([
      'a-win32, an optional part of node_modules/a, is missing',
    ]);
  });
});
