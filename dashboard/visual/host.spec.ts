import type { Page } from '@playwright/test';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';

import { expect, json, test, type Serve } from './show';

const root = fileURLToPath(new URL('host', import.meta.url));
const bundled = build({ root, configFile: false, logLevel: 'error', build: { write: false, target: 'es2022', modulePreload: false, rollupOptions: { input: `${root}/host.mjs` } } }) as Promise<Rollup.RollupOutput>;
const patternfly = readFileSync(createRequire(import.meta.url).resolve('@patternfly/patternfly/patternfly.min.css'), 'utf8');
const html = `<!doctype html><html lang="en" class="pf-v6-theme-dark"><title>The host</title><link rel="stylesheet" href="/host.css"><div id="root"></div><script type="module" src="/host.js"></script>`;

/** host has a page in which another dashboard is: its files, ours below /_mf/mpiJobs, and the service's API below /mpi-jobs alone. */
async function host(page: Page, serve: Serve) {
  await serve({ 'GET /api/v1/me': json({ user: 'ann' }) }, '/mpi-jobs');
  const [script] = (await bundled).output;
  await page.route(/127\.0\.0\.1:\d+\/(develop-train\/.*)?$/, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.route('/host.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script.code }));
  await page.route('/host.css', (route) => route.fulfill({ contentType: 'text/css', body: patternfly }));
  await page.route('/_mf/mpiJobs/**', async (route) => {
    const response = await route.fetch({ url: route.request().url().replace('/_mf/mpiJobs', '') });
    await route.fulfill({ response });
  });
}

/** What the host's own button looks like, and its ground. */
const looks = (page: Page) =>
  page.evaluate(() => {
    const of = (selector: string) => {
      const e = document.querySelector(selector);
      if (!e) throw new Error(`there is no ${selector}`);
      const style = getComputedStyle(e);
      return Array.from(style, (name) => `${name}: ${style.getPropertyValue(name)}`).filter((s) => !/^(block|inline)-size|^(height|width|perspective-origin|transform-origin)/.test(s));
    };
    return { html: of('html'), body: of('body'), main: of('main.log'), button: of('header button'), theme: document.documentElement.className, title: document.title };
  });

test('Open Data Hub’s dashboard loads the pages by module federation, with its own React, and stays as it was', async ({ page, serve }) => {
  const errors: string[] = [];
  page.on('pageerror', (e) => errors.push(e.message));
  const asked: string[] = [];
  page.on('request', (r) => asked.push(new URL(r.url()).pathname));
  await host(page, serve);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'The host’s own' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'React 18' })).toBeVisible();
  const before = await looks(page);
  const nav = page.getByRole('navigation', { name: 'Host' });

  await nav.getByRole('link', { name: 'Training jobs' }).click();
  await page.getByRole('link', { name: 'bert-large', exact: true }).click();
  await expect(page).toHaveURL(/\/develop-train\/mpi-jobs\/projects\/team-a\/jobs\/bert-large$/);
  await expect(page.getByRole('heading', { name: 'bert-large', level: 1 })).toBeVisible();
  await page.getByRole('tab', { name: 'Logs' }).click();
  await expect(page.locator('.training-jobs .log')).toHaveCSS('font-family', /mono/i);
  await page.goBack();
  await page.goBack();
  await expect(page.getByRole('link', { name: 'bert-large', exact: true })).toBeVisible();
  await nav.getByRole('link', { name: 'Create job' }).click();
  await expect(page).toHaveURL(/\/develop-train\/mpi-jobs\/projects\/team-a\/create$/);
  await expect(page.getByLabel(/^Name/)).toBeVisible();
  expect(await looks(page)).toEqual(before);
  await nav.getByRole('link', { name: 'Elsewhere' }).click();
  await expect(page.getByRole('heading', { name: 'The host’s own' })).toBeVisible();

  expect(await looks(page)).toEqual(before);
  expect(asked.filter((path) => !/^\/(mpi-jobs\/api\/|_mf\/mpiJobs\/|host\.(js|css)$|favicon|assets\/fonts\/RedHat|develop-train\/|$)/.test(path))).toEqual([]);
  expect(errors).toEqual([]);
});
