// @ts-check
import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The dependency rule of CONTRIBUTING.md: which workspace packages each package may import. */
const LAYERS = {
  'packages/core': [],
  'packages/demo': [],
  'packages/models': ['@featuretap/core/spec'],
  'packages/onnx-export': [
    '@featuretap/core/spec',
    '@featuretap/core/wire',
    '@featuretap/core/node',
  ],
};

/** Everything of the workspace but the names given. */
const foreign = (allowed) => `^(?!(?:${allowed.join('|') || '(?!)'})$)(?:@featuretap/|featuretap$)`;

export default defineConfig(
  {
    ignores: [
      '**/dist',
      '**/node_modules',
      '.nx',
      '.venv',
      '**/generated',
      'packages/docs/api',
      '**/fixtures',
      '**/vitest.config.ts',
      'vitest.*.ts',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'max-lines': ['error', 400],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Kernels index typed arrays inside bounds that they computed; `!` says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['packages/{core,models,onnx-export,demo}/src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  ...Object.entries(LAYERS).map(([folder, allowed]) => ({
    files: [`${folder}/src/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: foreign(allowed),
              message: 'Breaks the dependency rule, see CONTRIBUTING.md.',
            },
          ],
        },
      ],
    },
  })),
  {
    files: ['packages/core/src/{spec,wire}/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^node:|^sharp|^onnxruntime|${foreign([])}`,
              message: 'Must load in a browser without other packages, see CONTRIBUTING.md.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['packages/onnx-export/src/**/*.ts'],
    ignores: ['packages/onnx-export/src/node/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^node:|^sharp|^onnxruntime|${foreign(['@featuretap/core/spec', '@featuretap/core/wire'])}`,
              message: 'Must load in a browser: files belong to src/node.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/test/**/*.ts', '**/*.test.ts', '**/*.test-d.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    // Type tests declare values for their types alone.
    files: ['**/*.test-d.ts'],
    rules: { '@typescript-eslint/no-unused-vars': 'off' },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
