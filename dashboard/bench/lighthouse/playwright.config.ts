import { defineConfig } from '@playwright/test';

// Lighthouse starts its browsers itself. Nothing else may run beside it, and nothing is asserted of a time.
export default defineConfig({ testDir: '.', testMatch: 'pages.ts', outputDir: '../../test-results/lighthouse', workers: 1, timeout: 900_000, reporter: [['list']] });
