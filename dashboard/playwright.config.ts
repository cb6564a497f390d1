import { defineConfig, devices } from '@playwright/test';

// The tests run on a real cluster: the sandbox that is up. Debian's browser, none that is downloaded.
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1, // two cores run the cluster, the jobs and the browser
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    baseURL: process.env.DASHBOARD ?? 'https://127.0.0.1:8443',
    ignoreHTTPSErrors: true, // the sandbox signs its certificates itself; workers know it by the flag below only
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: { executablePath: chromium, args: ['--no-sandbox', '--ignore-certificate-errors'] },
  },
  projects: [{ name: 'chromium', use: { ...devices['Desktop Chrome'], viewport: { width: 1360, height: 860 } } }],
});
