// Checks package-lock.json: no registry addresses, and the native parts of every supported platform.
// Usage: node tools/src/check-lock.mjs [FILE]
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const PLATFORMS = ['linux', 'darwin', 'win32'].flatMap((os) => [`${os}-x64`, `${os}-arm64`]);

/**
 * Packages whose native part is an optional package per platform. npm forgets those of other
 * platforms when it makes a lock from an installed tree, and `npm ci` then fails there.
 *
 * @type {readonly { prefix: string, except?: readonly string[] }[]}
 */
const NATIVE = [
  { prefix: '@img/sharp-' },
  // libvips is inside sharp's own package on Windows.
  { prefix: '@img/sharp-libvips-', except: ['win32-x64', 'win32-arm64'] },
  { prefix: '@nx/nx-' },
  { prefix: '@esbuild/' },
  { prefix: '@rolldown/binding-' },
  { prefix: 'lightningcss-' },
];

/**
 * What npm writes about one package.
 *
 * @typedef {object} LockEntry
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [inBundle]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * The version at the end: `-gnu` and `-msvc` name the C library; musl does not count as Linux.
 *
 * @param {string} path
 * @param {string} name
 */
const isBuild = (path, name) => [name, `${name}-gnu`, `${name}-msvc`].includes(path);

/**
 * Says what is wrong with a lock file, one line each; an empty list when nothing is.
 *
 * @param {{ packages: Record<string, LockEntry> }} lock
 * @returns {string[]}
 */
export function lockProblems({ packages }) {
  const problems = [];
  const names = new Set();
  for (const [path, entry] of Object.entries(packages)) {
    const [folder, name] = splitPath(path);
    if (folder === null) continue;
    names.add(name);
    if (entry.link === true) continue;
    if (entry.resolved !== undefined) problems.push(`${path} has an address: ${entry.resolved}`);
    if (entry.integrity === undefined && entry.inBundle !== true) {
      problems.push(`${path} has no integrity hash`);
    }
  }
  for (const { prefix, except = [] } of NATIVE) {
    for (const platform of PLATFORMS.filter((name) => !except.includes(name))) {
      const wanted = `${prefix}${platform}`;
      if (![...names].some((name) => isBuild(name, wanted))) problems.push(`${wanted} is missing`);
    }
  }
  return [...problems, ...missingOptionals(packages, names)];
}

/**
 * @param {Record<string, LockEntry>} packages
 * @param {ReadonlySet<string>} names
 */
function missingOptionals(packages, names) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `${name}, an optional part of ${path}, is missing`),
  );
}

/**
 * `a/node_modules/b` is `b` in `a`; a path without node_modules is a package of this workspace.
 *
 * @param {string} path
 * @returns {[string | null, string]}
 */
function splitPath(path) {
  const marker = 'node_modules/';
  const at = path.lastIndexOf(marker);
  return at === -1 ? [null, path] : [path.slice(0, at), path.slice(at + marker.length)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = process.argv[2] ?? new URL('../../package-lock.json', import.meta.url);
  const problems = lockProblems(JSON.parse(await readFile(file, 'utf8')));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) {
    console.error('Make it again: rm -r node_modules package-lock.json && npm install');
    process.exitCode = 1;
  }
}
