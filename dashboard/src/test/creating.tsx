import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';

import CreatePage from '~/pages/create/CreatePage';

import { job } from './fixtures';

/** What the tests of creating a job have in common. */

export const page = (
  <Routes>
    <Route path="/projects/:namespace/create" element={<CreatePage />} />
    <Route path="/projects/:namespace/jobs/:name" element={<p>its page</p>} />
  </Routes>
);
export const at = '/projects/team-a/create';
export const jobs = '/api/v1/namespaces/team-a/trainingjobs';
export const fits = { name: 'bert', namespace: 'team-a', outcome: 'Waits', message: 'Requested 8 GPUs, 6 available', workers: 4, largestWorkers: 3, checks: [], suggestions: ['ask for 3 Workers'] };

// What one may choose from is asked for on every visit.
export const choices = { 'GET /api/v1/me': { user: 'ann', rights: { list: true, create: true, connections: true } }, 'GET /api/v1/namespaces/team-a/queues': { items: [{ name: 'volcano:gpu', manager: 'Volcano', admitted: 0, waiting: 0 }] }, 'GET /api/v1/namespaces/team-a/images': ['train:2', 'train:1'], 'GET /api/v1/namespaces/team-a/connections': [{ name: 's3', type: 's3', variables: [] }] };
export const dry = `POST ${jobs}?dryRun=client`;
export const preflight = 'POST /api/v1/namespaces/team-a/preflight';
export const made = { job: job({ name: 'bert' }) };
export const least = { apiVersion: 'kubeflow.org/v2beta1', kind: 'MPIJob', metadata: { name: 'bert' }, spec: {} };
export const posted = (sent: { method: string; path: string; body: unknown }[]) => sent.filter((s) => s.method === 'POST' && s.path === jobs).map((s) => s.body);

export async function fill(of: Record<string, string>) {
  for (const [label, text] of Object.entries(of)) await userEvent.type(screen.getByLabelText(new RegExp(`^${label}`)), text);
}

/** invalid is a refusal that names fields. */
export const invalid = (...fields: { field: string; message: string }[]) =>
  Response.json(
    { type: '', title: 'Can’t be as it is written', status: 422, code: 'Invalid', detail: `MPIJob is invalid: ${fields.map((f) => f.message).join('; ')}`, suggestions: ['`dryRun=client` checks'], fields },
    { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
  );
