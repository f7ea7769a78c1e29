import { Command, CommanderError } from 'commander';
import { addCompile } from './commands/compile.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addExport } from './commands/export.js';
import { addInspect } from './commands/inspect.js';
import { addPrune } from './commands/prune.js';
import { addRehead } from './commands/rehead.js';
import { addRun } from './commands/run.js';
import { addSplit } from './commands/split.js';
import { addTap } from './commands/tap.js';
import { addTypes } from './commands/types.js';
import { addVerify } from './commands/verify.js';
import { EXIT } from './output/exit-code.js';
import { reportError } from './output/report-error.js';
import { usageError } from './options.js';
import { VERSION } from './version.js';

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

/** Commander's message without its prefix; help instead of a command has none. */
function messageOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'Expected a command. See featuretap --help.';
  return message.replace(/^error: /u, '');
}

/**
 * Runs the command with arguments and returns its exit code.
 *
 * Output goes to standard output, messages and progress to standard error.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  const program = new Command('featuretap')
    .description('Stages, unpooled, pooled and logits of any ONNX image classifier from one run.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(add --help for usage and an example)')
    // With --json the error is reported below as an object, and standard error holds nothing else.
    .configureOutput(json ? { outputError: () => undefined, writeErr: () => undefined } : {})
    .addHelpText('after', '\nExample:\n  $ featuretap demo');
  let exitCode: number = EXIT.done;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  addDemo(program);
  addInspect(program, setExitCode);
  addTap(program);
  addSplit(program);
  addPrune(program);
  addRehead(program);
  addTypes(program);
  addVerify(program);
  addRun(program);
  // Files are written to a temporary name and renamed, so leaving at once breaks nothing.
  const interrupt = (): void => process.exit(INTERRUPTED);
  addExport(program, { setExitCode, keepOnInterrupt: () => process.off('SIGINT', interrupt) });
  addCompile(program);
  addDoctor(program, setExitCode);
  process.once('SIGINT', interrupt);
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, json);
    if (error.exitCode === 0) return EXIT.done;
    // Without --json, commander has written its message.
    return json ? reportError(usageError(messageOf(error)), json) : EXIT.usage;
  } finally {
    process.off('SIGINT', interrupt);
  }
}
