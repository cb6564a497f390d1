import { measured } from '../measured';
import { told, toldBefore, toldOnce } from '../told';
import { team, type State } from './state';

/** What a job's Workers use, and what its program tells. */
export const metrics: readonly State[] = [
  { name: 'job-no-metrics', at: `${team}/jobs/resnet-50?tab=metrics` },
  { name: 'job-metrics', at: `${team}/jobs/resnet-50?tab=metrics`, others: measured, looks: ['dark', 'wide'] },
  { name: 'job-training', at: `${team}/jobs/resnet-50?tab=metrics`, others: told, looks: ['light', 'dark', 'contrast', 'phone', 'wide'] },
  {
    name: 'job-training-table',
    at: `${team}/jobs/resnet-50?tab=metrics`,
    others: toldBefore,
    act: async (page) => {
      await page.getByRole('button', { name: 'As a table' }).click();
      await page.getByRole('grid', { name: 'Training metrics' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'job-training-once', at: `${team}/jobs/resnet-50?tab=metrics`, others: toldOnce },
];
