import type { Comparison, JobList, Me, NamespaceUsage } from '../../src/api/types';
import { was } from '../answers';
import { json, refused } from '../show';
import { api, list, team, type State } from './state';

const usage = was(`GET ${api}/usage`) as NamespaceUsage;
const mine = 'GET /api/v1/me?namespace=team-a';
/** Who may replace what is there. */
const replacing = { [mine]: json({ ...(was(mine) as Me), rights: { ...(was(mine) as Me).rights, updateTemplates: true } }) };
const everywhere = { 'GET /api/v1/me': json({ groups: [], rights: {}, user: 'team-admin' }), 'GET /api/v1/namespaces': json({ all: true, complete: true, items: ['speech', 'team-a', 'team-b', 'vision'] }) };
const notEverywhere = 'denied: scientist may not list mpijobs in all namespaces';

/** What else there is in a project, and the help. */
export const project: readonly State[] = [
  { name: 'compare', at: `${team}/compare?job=bert-base&job=bert-base-2` },
  { name: 'templates', at: `${team}/templates` },
  { name: 'usage', at: `${team}/usage`, looks: ['light', 'dark'] },
  { name: 'help', at: '/help#RankOOMKilled', looks: ['light', 'phone'] },
  { name: 'compare-few', at: `${team}/compare?job=bert-base` },
  { name: 'compare-three', at: `${team}/compare?job=bert-base&job=bert-base-2&job=bert-large`, looks: ['light', 'dark', 'phone'], others: { [`GET ${api}/comparison?job=bert-base&job=bert-base-2&job=bert-large&all=true`]: json(three()) } },
  { name: 'compare-error', at: `${team}/compare?job=bert-base&job=gone`, others: { [`GET ${api}/comparison?job=bert-base&job=gone&all=true`]: refused(404, 'NotFound', 'MPIJob "gone" not found in namespace "team-a"', 'Not found') } },
  { name: 'templates-save', at: `${team}/templates?save=bert-base`, looks: ['light', 'dark', 'phone'] },
  {
    name: 'templates-save-there',
    at: `${team}/templates`,
    others: { ...replacing, [`GET ${api}/trainingjobs?type=MPIJob&sortBy=created&limit=50`]: json(was(list) as JobList), [`POST ${api}/templates`]: refused(409, 'AlreadyExists', 'template "bert" is there already') },
    act: async (page) => {
      await page.getByRole('button', { name: 'Save a job' }).click();
      await page.getByRole('combobox', { name: 'Job' }).selectOption('bert-base');
      await page.getByRole('textbox', { name: 'Name' }).fill('bert');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Replace' }).waitFor();
    },
  },
  { name: 'templates-none', at: `${team}/templates`, others: { [`GET ${api}/templates`]: json([]) } },
  { name: 'templates-forbidden', at: `${team}/templates`, others: { [`GET ${api}/templates`]: refused(403, 'Forbidden', 'denied: scientist may not list configmaps in namespace team-a') } },
  { name: 'usage-all', at: '/all/usage', looks: ['light', 'dark', 'phone'], others: { ...everywhere, 'GET /api/v1/usage': json(all()) } },
  { name: 'usage-all-none', at: '/all/usage', others: { ...everywhere, 'GET /api/v1/usage': json({ items: [] }) } },
  { name: 'usage-all-forbidden', at: '/all/usage', others: { 'GET /api/v1/me': json({ groups: [], rights: {}, user: 'scientist' }), 'GET /api/v1/usage': refused(403, 'Forbidden', notEverywhere) } },
  { name: 'usage-forbidden', at: `${team}/usage`, others: { [`GET ${api}/usage`]: refused(403, 'Forbidden', 'denied: scientist may not list mpijobs in namespace team-a') } },
  { name: 'usage-none', at: `${team}/usage`, others: { [`GET ${api}/usage`]: json({ ...usage, quotas: [], unfinished: 0, jobs: 0, workers: 0, resources: {}, creators: [] }) } },
  { name: 'help-unknown', at: '/help#GremlinsInTheRack' },
  { name: 'help-no-match', at: '/help', act: (page) => page.getByRole('textbox', { name: 'Find a reason' }).fill('gremlins') },
];

/** three is the recorded comparison with a job more, which has fewer Workers with more memory. */
function three(): Comparison {
  const two = was(`GET ${api}/comparison?job=bert-base&job=bert-base-2&all=true`) as Comparison;
  const third = (was(list) as JobList).items.find((j) => j.name === 'bert-large');
  const own: Record<string, string> = { workers: '2', slotsPerWorker: '1', command: 'mpirun -n 2 --map-by slot --bind-to none mpi-fault --alloc-rank 1 --alloc-mb 220', memoryPerWorker: '160Mi', totalMemory: '448Mi', reason: 'RankOOMKilled', cause: third?.message ?? '', where: 'Worker 1', exitCode: '', signal: 'SIGKILL' };
  const fields = (two.fields ?? []).map((f) => {
    const values = [...(f.values ?? []), own[f.field] ?? f.values?.[f.group === 'durations' || f.group === 'outcome' ? 1 : 0] ?? ''];
    return { ...f, values, differs: new Set(values).size > 1 };
  });
  return { ...two, jobs: [...(two.jobs ?? []), ...(third ? [third] : [])], fields, same: fields.filter((f) => !f.differs).length };
}

/** all are four projects: the recorded one, one without a quota, one that has it used up, and one that does nothing. */
function all() {
  const quota = (used: number, limit: number) => ({ quota: 'gpus', resource: 'requests.nvidia.com/gpu', used: String(used), limit: String(limit), percent: (used / limit) * 100 });
  return {
    items: [
      usage,
      { ...usage, namespace: 'team-b', quotas: [], jobs: 1, workers: 2, resources: { cpu: '4', memory: '16Gi' } },
      { ...usage, namespace: 'vision', quotas: [quota(60, 64)], jobs: 9, workers: 60, resources: { gpus: 60, cpu: '480', memory: '3840Gi' }, waitingJobs: 3 },
      { ...usage, namespace: 'speech', quotas: [quota(0, 32)], unfinished: 0, jobs: 0, workers: 0, resources: {}, creators: [] },
    ],
    notes: ['quotas of team-b can’t be read: team-admin may not list resourcequotas in namespace team-b'],
  };
}
