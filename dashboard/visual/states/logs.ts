import type { Page, WebSocketRoute } from '@playwright/test';

import { logsOf, team, type State } from './state';

/** A job's log and shell. */
export const logsAndShell: readonly State[] = [
  {
    name: 'job-logs',
    at: `${team}/jobs/bert-base-2?tab=logs`,
    looks: ['light', 'dark', 'phone'],
    act: async (page) => {
      await page.getByText('The log ends here').waitFor();
      await page.getByRole('log').evaluate((log) => log.scrollTo(0, log.scrollHeight));
    },
  },
  { name: 'job-shell', at: `${team}/jobs/resnet-50?tab=shell` },
  { name: 'job-no-shell', at: `${team}/jobs/bert-base?tab=shell` },
  {
    name: 'job-logs-found',
    at: `${team}/jobs/bert-base-2?tab=logs`,
    looks: ['light', 'dark', 'forced', 'phone'],
    act: async (page) => {
      await page.getByText('The log ends here').waitFor();
      await page.getByRole('textbox', { name: 'Search the log' }).fill('rank 1');
      await page.getByRole('button', { name: 'Next' }).click();
    },
  },
  {
    name: 'job-logs-not-found',
    at: `${team}/jobs/bert-base-2?tab=logs`,
    act: async (page) => {
      await page.getByText('The log ends here').waitFor();
      await page.getByRole('textbox', { name: 'Search the log' }).fill('segmentation fault');
    },
  },
  { name: 'job-logs-waiting', at: `${team}/jobs/llama-tune?tab=logs`, others: { [logsOf('llama-tune')]: { open: ': open\n\n' } } },
  {
    name: 'job-logs-lost',
    at: `${team}/jobs/resnet-50?tab=logs`,
    looks: ['light', 'phone'],
    act: async (page, served) => {
      await page.getByText('Worker 2 of job team-a/resnet-50 serves').waitFor();
      served.lose(logsOf('resnet-50'));
      await page.getByText('Connection lost').waitFor();
    },
  },
  {
    name: 'job-shell-open',
    at: `${team}/jobs/resnet-50?tab=shell`,
    looks: ['light', 'dark', 'phone'],
    before: (page) => shell(page, (ws) => ws.send(written('\x1b[01;32mbash-5.2$\x1b[0m ls -l\r\ntotal 4\r\ndrwxr-xr-x 2 1000 root 4096 Nov 29 12:29 \x1b[01;34mcheckpoints\x1b[0m\r\n\x1b[01;32mbash-5.2$\x1b[0m cat notes\r\n\x1b[31mcat: notes: No such file or directory\x1b[0m\r\n\x1b[01;32mbash-5.2$\x1b[0m '))),
    act: async (page) => {
      await page.getByRole('button', { name: 'Open a shell' }).click();
      await page.getByText('No such file').waitFor();
    },
  },
  {
    name: 'job-shell-ended',
    at: `${team}/jobs/resnet-50?tab=shell`,
    before: (page) =>
      shell(page, (ws) => {
        ws.send(written('bash-5.2$ exit\r\n'));
        ws.send(Buffer.from('\x03{"status":"Success"}'));
        void ws.close();
      }),
    act: async (page) => {
      await page.getByRole('button', { name: 'Open a shell' }).click();
      await page.getByText('ended with code 0').waitFor();
    },
  },
];

/** shell is what stands for one in a Worker; written is what it writes, as the cluster sends it. */
export const shell = (page: Page, run: (ws: WebSocketRoute) => void) => page.routeWebSocket(/\/exec\?/, run);
export const written = (text: string) => Buffer.from(`\x01${text}`);
