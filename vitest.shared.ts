import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultServerConditions } from 'vite';
import type { ViteUserConfig } from 'vitest/config';

// vite >= 6 replaces its default conditions, and tests run in the ssr environment: set both.
const conditions = ['@featuretap/source', ...defaultServerConditions];

/**
 * Settings of every package's vitest project: workspace imports resolve to sources.
 *
 * Type tests (`*.test-d.ts`) are checked by `nx typecheck`, which knows the project references.
 */
export const shared: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // Files of 16 MiB and more are compiled; the cache of whoever runs the tests is not theirs.
    env: { FEATURETAP_CACHE: join(tmpdir(), 'featuretap-tests') },
  },
};
