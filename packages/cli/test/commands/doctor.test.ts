import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { nodeArguments, type CommandResult } from '../run-command.js';

/** Runs doctor on a machine where a package cannot be loaded, as far as Node can tell. */
function doctorWithout(name: string, ...args: string[]): Promise<CommandResult> {
  const hook = `export async function resolve(specifier, context, next) {
    if (specifier === '${name}') throw new Error('no binary here\\nsecond line');
    return next(specifier, context);
  }`;
  const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  const command = ['--import', dataUrl(register), ...nodeArguments, 'doctor', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

describe('featuretap doctor', () => {
  it.each([
    ['sharp', 'sharp', '--include=optional'],
    ['onnxruntime-node', 'onnxruntime', 'Reinstall'],
  ])('fails without %s, and says why and what to do', async (name, key, advice) => {
    const { code, stdout } = await doctorWithout(name, '--json');
    expect(code).toBe(1);
    const document = JSON.parse(stdout);
    expect(document.ok).toBe(false);
    expect(document[key].ok).toBe(false);
    expect(document[key].detail).toContain('does not load: no binary here');
    expect(document[key].detail).not.toContain('second line');
    expect(document[key].detail).toContain(advice);
    // The other part is still looked at.
    expect(document[key === 'sharp' ? 'onnxruntime' : 'sharp'].ok).toBe(true);
  });

  it('says the versions of both native parts', async () => {
    const { stdout } = await doctorWithout('nothing-at-all', '--json');
    const { onnxruntime, sharp } = JSON.parse(stdout);
    expect([onnxruntime.version, sharp.version]).toEqual(['1.30.0', '0.35.5']);
  });
});
