import { refused } from '../show';
import { told } from '../told';
import { api, list, none, team, type State } from './state';

/** The list of jobs. */
export const jobList: readonly State[] = [
  { name: 'jobs', at: `${team}/jobs`, looks: ['light', 'dark', 'contrast', 'forced', 'phone', 'laptop', 'wide'] },
  { name: 'jobs-progress', at: `${team}/jobs`, others: told, looks: ['light', 'phone'] },
  { name: 'jobs-loading', at: `${team}/jobs`, others: { [list]: 'never' }, waits: true },
  { name: 'jobs-none', at: `${team}/jobs`, others: { [list]: none } },
  { name: 'jobs-no-match', at: `${team}/jobs?search=nothing`, others: { [`GET ${api}/trainingjobs?limit=20&sortBy=created&search=nothing`]: none } },
  { name: 'jobs-forbidden', at: `${team}/jobs`, others: { [list]: refused(403, 'Forbidden', 'denied: scientist may not list mpijobs in namespace team-a') } },
  {
    name: 'jobs-chosen',
    at: `${team}/jobs`,
    act: async (page) => {
      await page.getByRole('checkbox', { name: 'Select bert-base', exact: true }).check();
      await page.getByRole('checkbox', { name: 'Select resnet-50' }).check();
      await page.getByRole('button', { name: '2 jobs selected' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'jobs-left-out',
    at: `${team}/jobs`,
    looks: ['light', 'dark'],
    act: async (page) => {
      await page.getByRole('checkbox', { name: 'Select all' }).check();
      await page.getByRole('button', { name: /jobs selected/ }).click();
      await page.getByRole('menuitem', { name: 'Suspend' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
];
