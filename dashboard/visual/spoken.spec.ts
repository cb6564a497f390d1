import type { Locator, Page } from '@playwright/test';

import { expect, ready, test } from './show';
import { team } from './states/state';
import { fill } from './states/create';

/** What a screen reader is told of a page, role by role and name by name; spoken/ has it to be read. */
const regions: readonly { name: string; at: string; of: (page: Page) => Locator; act?: (page: Page) => Promise<void> }[] = [
  { name: 'frame', at: `${team}/jobs`, of: (page) => page.getByRole('banner') },
  { name: 'list', at: `${team}/jobs`, of: (page) => page.getByRole('main') },
  { name: 'create', at: `${team}/create`, of: (page) => page.getByRole('main'), act: (page) => fill(page) },
  { name: 'job', at: `${team}/jobs/resnet-50`, of: (page) => page.getByRole('main') },
  { name: 'failure', at: `${team}/jobs/bert-large`, of: (page) => page.locator('.pf-v6-c-alert.pf-m-danger') },
  { name: 'topology', at: `${team}/jobs/llama-tune`, of: (page) => page.locator('.pf-v6-c-card', { has: page.getByRole('heading', { name: 'Launcher and Workers' }) }) },
  { name: 'usage', at: `${team}/usage`, of: (page) => page.getByRole('main') },
];

for (const r of regions) {
  test(`spoken: ${r.name}`, async ({ page, serve }) => {
    await page.setViewportSize({ width: 1180, height: 740 });
    const served = await serve();
    await page.goto(r.at);
    await ready(page, served);
    await r.act?.(page);
    expect(await r.of(page).ariaSnapshot()).toMatchSnapshot(`${r.name}.yaml`);
  });
}
