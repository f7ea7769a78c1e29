import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The default leaves one core idle: of two, half.
    maxWorkers: '100%',
    projects: [
      'packages/*/vitest.config.ts',
      'tools/vitest.config.ts',
      'examples/vitest.config.ts',
    ],
  },
});
