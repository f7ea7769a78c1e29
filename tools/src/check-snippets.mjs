// Compares code in Markdown pages with the regions of examples that it shows.
// Usage: node tools/src/check-snippets.mjs [--write]
//
// <!-- example: examples/01-extract.ts#extract -->      one region, or several: FILE#a#b
// ```ts
// …
// ```
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Fences that a reader would run or copy as code must come from an example. */
const TESTED_LANGUAGES = new Set(['ts', 'typescript', 'js', 'javascript', 'mjs']);

const FENCE =
  /(?:<!-- example: (?<file>[^\s#]+)(?<regions>(?:#[\w-]+)+) -->\n+)?^```(?<language>\w*)\n(?<code>[^]*?)^```$/gm;

/**
 * The lines between `// #region NAME` and `// #endregion NAME`, without either.
 *
 * @param {string} source
 * @param {string} name
 */
export function readRegion(source, name) {
  const lines = source.split('\n');
  const start = lines.indexOf(`// #region ${name}`);
  const end = lines.indexOf(`// #endregion ${name}`);
  if (start === -1 || end < start) throw new Error(`no region '${name}'`);
  return lines.slice(start + 1, end).join('\n');
}

/**
 * Puts the examples' code into a page and lists what was wrong with it.
 *
 * @param {string} page
 * @param {(file: string) => Promise<string>} readExample
 * @returns {Promise<{ page: string, problems: string[] }>}
 */
export async function updatePage(page, readExample) {
  const problems = [];
  let updated = '';
  let last = 0;
  for (const match of page.matchAll(FENCE)) {
    const { file, regions = '', language = '', code = '' } = match.groups ?? {};
    const line = page.slice(0, match.index).split('\n').length;
    updated += page.slice(last, match.index);
    last = match.index + match[0].length;
    if (file === undefined) {
      if (TESTED_LANGUAGES.has(language)) {
        problems.push(`line ${line}: code without <!-- example: FILE#REGION --> is never run`);
      }
      updated += match[0];
      continue;
    }
    const source = await readExample(file);
    const names = regions.slice(1).split('#');
    const wanted = names.map((name) => readRegion(source, name)).join('\n\n');
    if (code !== `${wanted}\n`) problems.push(`line ${line}: differs from ${file}${regions}`);
    updated += `<!-- example: ${file}${regions} -->\n\n\`\`\`${language}\n${wanted}\n\`\`\``;
  }
  return { page: updated + page.slice(last), problems };
}

/** @param {URL} root */
async function listPages(root) {
  const guide = await readdir(new URL('packages/docs/guide/', root));
  const pages = guide.filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => `packages/docs/guide/${name}`)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = new URL('../../', import.meta.url);
  const write = process.argv.includes('--write');
  for (const path of await listPages(root)) {
    const text = await readFile(new URL(path, root), 'utf8');
    const { page, problems } = await updatePage(text, (file) =>
      readFile(fileURLToPath(new URL(file, root)), 'utf8'),
    );
    for (const problem of problems) console.error(`${path}: ${problem}`);
    if (write) await writeFile(new URL(path, root), page);
    else if (problems.length > 0) process.exitCode = 1;
  }
  if (process.exitCode === 1) console.error('Fix with: node tools/src/check-snippets.mjs --write');
}
