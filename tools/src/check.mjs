// Everything that CI checks but the tests; stops at the first failure.
// Usage: npm run check
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const STEPS = [
  { name: 'lock file', command: 'node tools/src/check-lock.mjs' },
  { name: 'WebAssembly', command: 'node tools/src/build-wasm.mjs --check' },
  { name: 'project references', command: 'npx nx sync:check' },
  { name: 'format', command: 'npx prettier --check .' },
  {
    name: 'types, build, packages',
    command: 'npx nx run-many -t typecheck,build,pack-check --output-style=stream',
  },
  { name: 'lint', command: 'npx eslint .' },
  { name: 'unused code', command: 'npx knip --treat-config-hints-as-errors' },
  { name: 'snippets', command: 'node tools/src/check-snippets.mjs' },
  { name: 'docs', command: 'npx nx run docs:docs' },
];

const cwd = fileURLToPath(new URL('../../', import.meta.url));
const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };

for (const { name, command } of STEPS) {
  const start = performance.now();
  console.log(`\n── ${name}: ${command}`);
  const { status } = spawnSync(command, { cwd, env, shell: true, stdio: 'inherit' });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)`);
  if (status !== 0) {
    console.error(`\nReproduce with: ${command}`);
    process.exit(1);
  }
}
