import { describe, expect, it } from 'vitest';
import { readRegion, updatePage } from '../src/check-snippets.mjs';

const EXAMPLE = `// #region a
const a = 1;
// #endregion a

// #region b
const b = 2;
// #endregion b
`;
const readExample = (): Promise<string> => Promise.resolve(EXAMPLE);
const page = (marker: string, code: string): string =>
  `# Title\n\n<!-- example: x.ts${marker} -->\n\n\`\`\`ts\n${code}\`\`\`\n\nAfter.\n`;

describe('readRegion', () => {
  it('returns the lines between the markers', () => {
    expect(readRegion(EXAMPLE, 'b')).toBe('const b = 2;');
  });

  it('names a region that does not exist', () => {
    expect(() => readRegion(EXAMPLE, 'c')).toThrow("no region 'c'");
  });
});

describe('updatePage', () => {
  it('accepts a page that shows the regions as they are', async () => {
    const text = page('#a#b', 'const a = 1;\n\nconst b = 2;\n');
    expect(await updatePage(text, readExample)).toEqual({ page: text, problems: [] });
  });

  it('reports stale code and puts the region in', async () => {
    const result = await updatePage(page('#a', 'const a = 0;\n'), readExample);
    expect(result.problems).toEqual(['line 3: differs from x.ts#a']);
    expect(result.page).toBe(page('#a', 'const a = 1;\n'));
  });

  it('reports code that no example runs', async () => {
    const { problems } = await updatePage('```ts\nf();\n```\n', readExample);
    expect(problems).toEqual([expect.stringMatching(/^line 1: .* is never run$/)]);
  });

  it('leaves commands and output alone', async () => {
    const text = '```sh\nnpm ci\n```\n\n```text\nok\n```\n';
    expect(await updatePage(text, readExample)).toEqual({ page: text, problems: [] });
  });
});
