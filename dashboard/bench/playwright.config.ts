import { defineConfig } from '@playwright/test';

import visual from '../visual/playwright.config';

// The built dashboard and the pictures' answers, measured in the pictures' browser. Nothing else may run beside it, and
// nothing is asserted of a time.
export default defineConfig({
  testDir: '.',
  testMatch: ['list.ts', 'change.ts', 'typing.ts', 'logs.ts'],
  outputDir: '../test-results/bench',
  workers: 1,
  timeout: 600_000,
  reporter: [['list']],
  use: { ...visual.use, trace: 'off' },
  projects: visual.projects ?? [],
});
