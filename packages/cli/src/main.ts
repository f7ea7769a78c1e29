#!/usr/bin/env node
import { FeaturetapError } from '@featuretap/core/spec';
import { reportError } from './output/report-error.js';
import { runCli } from './run-cli.js';

const args = process.argv.slice(2);

// A reader that stops early (| head) is no failure of ours; a full disk is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  const reason = `Expected to write to standard output, got ${error.code ?? error.message}.`;
  const failure = new FeaturetapError('WRITE_REFUSED', reason, { cause: error });
  process.exit(reportError(failure, args.includes('--json')));
});
// When nobody can read the messages, the exit code still tells.
process.stderr.on('error', () => undefined);

process.exitCode = await runCli(args);
