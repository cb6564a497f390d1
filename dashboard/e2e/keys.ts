import { expect, type Locator, type Page } from '@playwright/test';

type Role = 'button' | 'link' | 'tab' | 'textbox' | 'menuitem' | 'checkbox' | 'switch' | 'combobox';

/** focused says whether one of what is named has the focus. */
const focused = (named: Locator) => named.evaluateAll((all) => all.includes(document.activeElement as never));

/** tabTo goes on with the Tab key until what has the focus is called so; who can't see it would not find it otherwise. */
export async function tabTo(page: Page, role: Role, name: string | RegExp) {
  const wanted = page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name });
  await expect(wanted.first()).toBeEnabled(); // which may come with an answer
  for (let left = 80; left > 0; left--) {
    await page.keyboard.press('Tab');
    if (!(await focused(wanted))) continue;
    // A page that is drawn anew meanwhile may have drawn the ring of nothing: it is looked at until it is there.
    await expect(async () => {
      const ring = await page.evaluate(() => {
        const s = getComputedStyle(document.activeElement ?? document.body);
        return s.outlineStyle !== 'none' || s.boxShadow !== 'none' || s.getPropertyValue('border-block-end-width') !== '0px';
      });
      expect(ring, `the focus on ${String(name)} can be seen`).toBe(true);
    }).toPass({ timeout: 5_000 });
    return;
  }
  throw new Error(`no Tab leads to the ${role} ${String(name)}`);
}

/** choose takes an entry of the menu that is open. */
export async function choose(page: Page, name: string) {
  const item = page.getByRole('menuitem', { name });
  await item.waitFor();
  await expect(async () => {
    if (!(await focused(item))) await page.keyboard.press('ArrowDown');
    expect(await focused(item), `an arrow leads to ${name}`).toBe(true);
  }).toPass({ timeout: 20_000 });
  await page.keyboard.press('Enter');
}

export async function type(page: Page, name: string | RegExp, text: string, role: 'textbox' | 'combobox' = 'textbox') {
  await tabTo(page, role, name);
  await page.keyboard.type(text);
}
