import { defineConfig, devices } from '@playwright/test';

import { chromium, tolerance } from './browser';

// Pictures of every page's states, of what a real service has answered; nothing but a browser is needed.
// RECORD=1 asks the sandbox's service anew.
const recording = process.env.RECORD !== undefined;
const address = 'http://127.0.0.1:4173';

export default defineConfig({
  testDir: '.',
  testMatch: recording ? 'record.ts' : '*.spec.ts',
  outputDir: '../test-results/visual',
  snapshotPathTemplate: '{testDir}/spoken/{arg}{ext}',
  workers: recording ? 1 : 2,
  fullyParallel: true,
  timeout: 120_000,
  reporter: [['list'], ['../failed.ts']],
  expect: {
    // A ground that is only a little lighter (#f2f2f2 beside white) is another one.
    toHaveScreenshot: { pathTemplate: '{testDir}/pictures/{arg}{ext}', threshold: 0.04, ...tolerance(), animations: 'disabled', caret: 'hide', scale: 'css' },
    timeout: 30_000,
  },
  use: {
    baseURL: recording ? (process.env.DASHBOARD ?? 'https://127.0.0.1:8443') : address,
    ignoreHTTPSErrors: true,
    locale: 'en-GB',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    launchOptions: { executablePath: chromium, args: ['--no-sandbox', '--ignore-certificate-errors', '--font-render-hinting=none', '--disable-lcd-text'] },
  },
  projects: [{ name: 'chromium', use: { ...devices['Desktop Chrome'] } }],
  ...(!recording && { webServer: { command: 'npx vite preview --host 127.0.0.1 --port 4173 --strictPort --outDir dist', cwd: '..', url: address, reuseExistingServer: false } }),
});
