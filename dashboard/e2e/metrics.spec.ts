import { accessible, expect, gone, image, odh, picture, signIn, test, type Page } from './sandbox';

// Only where metrics-server runs: make test-metrics.
test.beforeAll(() => gone('measured'));
test.afterAll(() => gone('measured'));

/** curves is how many lines of more than one point are drawn in a chart. */
const curves = (page: Page, title: string) =>
  page
    .getByRole('img', { name: title })
    .locator('path')
    .evaluateAll((all) => all.filter((p) => /^M[^MLz]+L[^z]+$/.test(p.getAttribute('d') ?? '')).length);

test('what Workers use is drawn as it is measured, in numbers beside their limits, and told in words', async ({ page }) => {
  test.setTimeout(300_000);
  odh('scientist', ['create', 'measured', '--image', image, '--workers', '2', '--cpu-per-worker', '200m', '--memory-per-worker', '128Mi', '--', 'sh', '-c', 'while :; do :; done']);
  await signIn(page, 'scientist', '/projects/team-a/jobs/measured?tab=metrics');
  const [cpu, memory] = [page.getByRole('img', { name: 'CPU, in cores' }), page.getByRole('img', { name: 'Memory, in GiB' })];
  await expect(cpu).toBeVisible({ timeout: 120_000 }); // the first measurement comes within a minute
  for (const worker of [0, 1]) {
    // Each works as hard as it may.
    await expect(cpu).toHaveAccessibleDescription(new RegExp(`Worker ${worker}: 0\\.(1|2)\\d cores, at most 0\\.(1|2)\\d cores`), { timeout: 120_000 });
    await expect(memory).toHaveAccessibleDescription(new RegExp(`Worker ${worker}: [1-9]\\d* MiB`));
  }
  for (const title of ['CPU, in cores', 'Memory, in GiB']) await expect.poll(() => curves(page, title), { timeout: 120_000 }).toBeGreaterThanOrEqual(2);

  const now = page.getByRole('grid', { name: 'Now' }).getByRole('row');
  for (const worker of ['Worker 0', 'Worker 1']) {
    const row = now.filter({ hasText: worker });
    await expect(row.getByRole('progressbar', { name: `${worker}: CPU` })).toHaveAttribute('aria-valuenow', /^[1-9]\d*$/);
    await expect(row.getByRole('progressbar', { name: `${worker}: Memory` })).toHaveAttribute('aria-valuenow', /^[1-9]\d*$/);
    await expect(row).toContainText(/0\.[12]\d cores, \d+ %/);
  }
  await accessible(page);
  await picture(page, 'job-metrics');

  // It goes on by itself, and nobody asked for it.
  const drawn = () => memory.locator('path').evaluateAll((all) => all.map((p) => p.getAttribute('d')).join());
  const before = await drawn();
  await expect.poll(drawn, { timeout: 120_000 }).not.toBe(before);
});
