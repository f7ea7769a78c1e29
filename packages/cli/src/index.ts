// The command as a function, for tests and for programs that embed it.
export { runCli } from './run-cli.js';
export { EXIT } from './output/exit-code.js';
