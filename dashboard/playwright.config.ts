import { defineConfig, devices, type PlaywrightWorkerOptions } from '@playwright/test';

// The tests run on a real cluster: the sandbox that is up. Debian's browsers, none that is downloaded.
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const firefox = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

// Playwright drives a Firefox of its own otherwise, which is patched for it. Anybody's own speaks WebDriver BiDi: Playwright
// has that under a name that its types don't have yet.
const bidi = '_bidiFirefox' as PlaywrightWorkerOptions['browserName'];

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: false,
  workers: 1, // two cores run the cluster, the jobs and the browser
  timeout: 900_000,
  expect: { timeout: 120_000, toPass: { timeout: 120_000 } }, // pods that begin beside a browser take their time
  reporter: [['list'], ['./failed.ts']],
  use: {
    baseURL: process.env.DASHBOARD ?? 'https://127.0.0.1:8443',
    ignoreHTTPSErrors: true, // the sandbox signs its certificates itself; Chromium's workers know it by the flag below only
    actionTimeout: 90_000, // what can't be clicked says so before the test is out of time
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: [
    {
      name: 'chromium',
      testIgnore: process.env.METRICS ? [] : /metrics\.spec\.ts/, // which needs metrics-server, and is make test-metrics'
      use: { ...devices['Desktop Chrome'], viewport: { width: 1360, height: 860 }, launchOptions: { executablePath: chromium, args: ['--no-sandbox', '--ignore-certificate-errors'] } },
    },
    {
      name: 'firefox',
      testMatch: /(first-look|shell)\.spec\.ts/, // what browsers may differ in, and were seen not to
      use: { browserName: bidi, viewport: { width: 1360, height: 860 }, launchOptions: { executablePath: firefox } },
    },
  ],
});
