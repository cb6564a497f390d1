import { defineConfig } from '@playwright/test';

import sandbox from '../playwright.config';

// On the sandbox that is up: its API server, its controller and its service. Nothing is asserted of a time.
export default defineConfig({
  ...sandbox,
  testDir: '.',
  testMatch: ['cluster.ts'],
  outputDir: '../test-results/cluster',
  timeout: 600_000,
  use: { ...sandbox.use, trace: 'off' },
  projects: (sandbox.projects ?? []).filter((p) => p.name === 'chromium'),
});
