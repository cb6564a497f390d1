import { defineConfig } from '@playwright/test';

import visual from '../visual/playwright.config';

// The pages and answers of the pictures, measured. Nothing else may run beside it, and nothing is asserted of a time.
export default defineConfig(visual, { testDir: '.', testMatch: 'list.ts', outputDir: '../test-results/bench', workers: 1, timeout: 600_000, use: { trace: 'off' } });
