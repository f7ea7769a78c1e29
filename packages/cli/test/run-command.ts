import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs the real command from its sources in a process of its own. */
export function featuretap(...args: string[]): Promise<CommandResult> {
  const nodeArgs = ['--conditions=@featuretap/source', '--import=tsx', main, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, nodeArgs, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'featuretap-cli-'));
}
