import type { Page, Request } from '@playwright/test';

/** dropped says whether the browser dropped a request because this machine's network changed, as it does with each pod. */
export const dropped = (r: Request) => ['net::ERR_NETWORK_CHANGED', 'net::ERR_SOCKET_NOT_CONNECTED'].includes(r.failure()?.errorText ?? '');

/**
 * patient has a page press the button that the dashboard offers where the browser dropped a click's request, or a part of
 * the page. What else makes the dashboard offer it stays on the screen, for the test to stumble over.
 */
export async function patient(page: Page) {
  await press(page, 'No answer came: it may be done, or not', 'Try again', (r) => r.method() !== 'GET');
  await press(page, 'This page can’t be shown', 'Load it again', (r) => r.resourceType() === 'script');
}

/** press presses a button below a heading, once for each time that a request of that kind was dropped before. */
async function press(page: Page, heading: string, button: string, kind: (r: Request) => boolean) {
  let owed = false;
  page.on('requestfailed', (r) => {
    owed ||= kind(r) && dropped(r);
  });
  const said = page.getByRole('heading', { name: heading });
  const below = page.locator('.pf-v6-c-alert, .pf-v6-c-empty-state').filter({ has: said }).getByRole('button', { name: button, exact: true });
  await page.addLocatorHandler(
    said,
    async () => {
      if (!owed) return;
      owed = false;
      await below.click({ timeout: 5_000 });
    },
    { noWaitAfter: true },
  );
}
