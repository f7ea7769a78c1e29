import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** What Node needs to run the command from its sources. */
export const nodeArguments = ['--conditions=@featuretap/source', '--import=tsx', main];

/** Runs the real command from its sources in a process of its own. */
export function featuretap(...args: string[]): Promise<CommandResult> {
  const nodeArgs = [...nodeArguments, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, nodeArgs, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** A folder that is removed after the tests of the file; call it outside of a test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'featuretap-cli-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
