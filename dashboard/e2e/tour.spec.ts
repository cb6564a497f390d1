import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { accessible, expect, gone, picture, root, rowOf, signIn, test } from './sandbox';

test('STORY-5: the tour happens in the terminal, and is seen in the browser as it happens', async ({ page }) => {
  gone('tour', 'tour-2');
  await signIn(page, 'scientist');
  let said = '';
  const tour = spawn(join(root, 'sandbox', 'tour.sh'), { env: { ...process.env, NO_COLOR: '1' } });
  // It stands still where its first job has failed, until the page has said so.
  let stands: boolean | undefined;
  for (const out of [tour.stdout, tour.stderr]) {
    out.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('2. Tomorrow it still says so')) stands ??= tour.kill('SIGSTOP');
    });
  }
  const ended = new Promise<number | null>((code) => tour.on('close', code));
  try {
    await expect(rowOf(page, 'tour')).toContainText('Failed');
  } finally {
    stands = false;
    tour.kill('SIGCONT');
  }
  await expect(rowOf(page, 'tour-2')).toContainText(/Running|Succeeded/);
  await page.getByRole('link', { name: 'tour', exact: true }).click();
  await expect(page.getByRole('heading', { level: 2, name: /killed for lack of memory/ })).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'tour-2', exact: true }).click();
  await expect(page.getByText('Succeeded').first()).toBeVisible();
  await picture(page, 'tour');
  expect(await ended, said).toBe(0);
  expect(said).toContain('/projects/team-a/jobs/tour');
  gone('tour', 'tour-2');
});
