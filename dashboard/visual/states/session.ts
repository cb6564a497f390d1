import { was } from '../answers';
import { event, refused } from '../show';
import { fill } from './create';
import { api, jobs, streamOfJobs, team, type State } from './state';

const nobody = refused(401, 'Unauthenticated', 'no token was sent');
const lost = 'Connection lost';
const forbidden = refused(403, 'Forbidden', 'denied: scientist may not list mpijobs in namespace team-a');
const open = { [streamOfJobs]: { open: ': open\n\n' } };

/** Who is let in, and what comes between a page and the service while it is looked at. */
export const session: readonly State[] = [
  { name: 'sign-in', at: '/', others: { 'GET /session': nobody }, looks: ['light', 'dark', 'phone'] },
  { name: 'no-service', at: `${team}/jobs`, others: { 'GET /session': refused(503, 'ClusterUnreachable', 'the API server does not answer', 'The cluster does not answer') } },
  {
    // A token that ends while a form is filled in.
    name: 'sign-in-again',
    at: `${team}/create`,
    looks: ['light', 'dark', 'phone'],
    act: async (page, served) => {
      await fill(page);
      served.now({ 'GET /session': nobody, [`POST ${api}/preflight`]: refused(401, 'Unauthenticated', 'the token has ended') });
      await page.getByLabel('GPUs per Worker').fill('4');
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'jobs-lost', at: `${team}/jobs`, others: { [streamOfJobs]: 'lost' }, looks: ['light', 'dark', 'phone'], act: (page) => page.getByText(lost).waitFor() },
  { name: 'job-lost', at: `${team}/jobs/resnet-50`, others: { [streamOfJobs]: 'lost' }, act: (page) => page.getByText(lost).waitFor() },
  {
    name: 'jobs-resumed',
    at: `${team}/jobs`,
    others: { [streamOfJobs]: 'lost' },
    act: async (page, served) => {
      await page.getByText(lost).waitFor();
      served.now(open);
      await page.getByText(lost).waitFor({ state: 'detached' });
    },
  },
  {
    // The right to the project ends: the stream says so, and can't be opened again.
    name: 'jobs-ended',
    at: `${team}/jobs`,
    looks: ['light', 'phone'],
    others: open,
    act: async (page, served) => {
      served.now({ [streamOfJobs]: forbidden });
      served.tell(streamOfJobs, event('end', JSON.parse(forbidden.body) as object));
      await page.getByText('may not list mpijobs').waitFor();
    },
  },
  {
    // A job changes, and whoever looks may no longer read what it is now.
    name: 'job-ended',
    at: `${team}/jobs/resnet-50`,
    others: open,
    act: async (page, served) => {
      served.now({ [streamOfJobs]: forbidden, [`${jobs}/resnet-50/status`]: forbidden });
      served.tell(streamOfJobs, event('job', was(`${jobs}/resnet-50/status`) as object));
      await page.getByText('may not list mpijobs').first().waitFor();
    },
  },
];
