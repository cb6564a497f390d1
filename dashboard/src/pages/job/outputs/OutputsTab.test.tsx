import { screen } from '@testing-library/react';

import { flaws } from '~/test/axe';
import { job } from '~/test/fixtures';
import { show } from '~/test/render';
import { answers, refusal } from '~/test/service';

import { OutputsTab } from './OutputsTab';

const ref = { namespace: 'team-a', name: 'pi', type: 'MPIJob' } as const;
const at = 'GET /api/v1/namespaces/team-a/trainingjobs/pi/outputs';
const file = (path: string) => ({ path, size: 2048, modified: '2026-01-02T10:00:00Z' });

test('files can be downloaded one by one or all, and what is left out says why', async () => {
  answers({ [at]: { place: 'pvc:data:/pi', files: [file('a&b/model 1.pt'), file('log')], skipped: [{ path: 'link', why: 'it is a link' }], truncated: true } });
  const { container } = show(<OutputsTab jobRef={ref} job={job()} />);
  expect(await screen.findByText('2 files, 4 KiB, in pvc:data:/pi')).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Download a&b/model 1.pt' })).toHaveAttribute('href', '/api/v1/namespaces/team-a/trainingjobs/pi/outputs/content?path=a%26b%2Fmodel%201.pt');
  expect(screen.getByRole('link', { name: 'Download all' })).toHaveAttribute('href', '/api/v1/namespaces/team-a/trainingjobs/pi/outputs/content');
  expect(screen.getByText('link is left out: it is a link')).toBeInTheDocument();
  expect(screen.getByText(/more than 10,000/)).toBeInTheDocument();
  expect(await flaws(container)).toEqual([]);
});

test('of very many files some are listed, with how many more there are', async () => {
  answers({ [at]: { place: 's3://b/p', files: Array.from({ length: 503 }, (_, i) => file(`f${i}`)) } });
  show(<OutputsTab jobRef={ref} job={job()} />);
  expect(await screen.findByText('and 3 more; the download has all')).toBeInTheDocument();
  expect(screen.queryByText('f500')).toBeNull();
});

test.each([
  ['no file yet', { place: 'pvc:d:/x', files: [] }, 'There are no files yet'],
  ['a job that names no output', () => refusal(404, 'NoOutput', 'd'), 'The job names no output'],
  ['a claim that is not there', () => refusal(404, 'NotFound', 'The claim data is not there.'), 'The claim data is not there.'],
])('%s is said', async (_what, answer, text) => {
  answers({ [at]: answer });
  const { container } = show(<OutputsTab jobRef={ref} job={job()} />);
  expect(await screen.findByText(text)).toBeInTheDocument();
  expect(await flaws(container)).toEqual([]);
});
