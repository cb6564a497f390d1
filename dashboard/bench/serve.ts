import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Job, JobList } from '../src/api/types';
import { keyOf, recorded, type Answer } from '../visual/answers';

/** How many jobs the service has, and how many a page of the list shows where it shows as many as it can. */
export const total = 1_000;
export const perPage = 100;
export const listAt = `/projects/team-a/jobs?perPage=${perPage}`;

const times = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"/g;

/** What a browser is measured on: the files as the service's own code sends them (served), its recorded answers, and streams that tell what a bench says. */
export interface Bench {
  address: string;
  /** The jobs of the first page. */
  jobs: readonly Job[];
  /** What was asked for that nothing is recorded of. */
  wrong: string[];
  /** change makes something else of a job of the first page, and tells every stream of jobs. */
  change: (at: number, to: Partial<Job>) => void;
  /** The open streams of jobs, and of logs. */
  streams: ReadonlySet<ServerResponse>;
  logs: ReadonlySet<ServerResponse>;
  close: () => Promise<void>;
}

/** As the service has them. */
const headers = { 'Cache-Control': 'private, no-cache', 'X-Content-Type-Options': 'nosniff' };

/** event is one, as a stream has it. */
export const event = (name: string, data: object, id?: string) => `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** start serves on ports of its own until it is closed; a page of the list has so many jobs. */
export async function start(rows = perPage): Promise<Bench> {
  const { at, answers } = recorded();
  // Recorded just now: seconds go on in the list as they do while jobs run.
  const since = Date.now() - Date.parse(at);
  const now = (body: string) => body.replace(times, (t) => JSON.stringify(new Date(Date.parse(JSON.parse(t) as string) + since)));
  const known: Record<string, Answer> = Object.fromEntries(Object.entries(answers).map(([key, a]) => [key, { ...a, body: now(a.body) }]));
  const list = firstPage(known, rows);
  const listed = `GET /api/v1/namespaces/team-a/trainingjobs?limit=${rows}&sortBy=created`;

  const wrong: string[] = [];
  const streams = new Set<ServerResponse>();
  const logs = new Set<ServerResponse>();
  const open = (of: Set<ServerResponse>, res: ServerResponse) => {
    res.writeHead(200, { ...headers, 'Content-Type': 'text/event-stream' });
    res.write(': open\n\n');
    of.add(res);
    const beat = setInterval(() => res.write(event('beat', {})), 15_000);
    res.on('close', () => {
      clearInterval(beat);
      of.delete(res);
    });
  };
  const answer = (req: IncomingMessage, res: ServerResponse, { pathname, search }: URL) => {
    const asked = keyOf(req.method ?? '', pathname + search);
    const a = asked === listed ? { status: 200, type: 'application/json', body: JSON.stringify(list) } : known[asked];
    if (!a) wrong.push(asked);
    res.writeHead(a?.status ?? 500, { ...headers, 'Content-Type': a?.type ?? 'text/plain', ...(a?.position && { Position: a.position }) }).end(a?.body);
  };
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://service');
    if (url.pathname.startsWith('/api/v1/streams/')) open(url.pathname.endsWith('/logs') ? logs : streams, res);
    else answer(req, res, url);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const files = await served(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return {
    address: files.address,
    jobs: list.items,
    wrong,
    streams,
    logs,
    change: (at, to) => {
      const job = list.items[at];
      if (!job) throw new Error(`the list has no ${at}th job`);
      Object.assign(job, to);
      for (const s of streams) s.write(event('job', job));
    },
    close: () =>
      new Promise((done) => {
        files.end();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** served is the dashboard as the service sends it, until end is called; what it answers comes from another address. */
async function served(answers: string): Promise<{ address: string; end: () => void }> {
  const files = spawn('go', ['run', './served', answers], { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const address of createInterface({ input: files.stdout })) return { address, end: () => files.stdin.end() };
  throw new Error('the dashboard is not served: the reason is above');
}

/** firstPage is the recorded jobs again and again, each by a name of its own. */
function firstPage(answers: Record<string, Answer>, rows: number): JobList {
  const list = JSON.parse(answers['GET /api/v1/namespaces/team-a/trainingjobs?limit=20&sortBy=created']?.body ?? '{"items":[]}') as JobList;
  const items = Array.from({ length: rows }, (_, i): Job => {
    const job = list.items[i % list.items.length];
    if (!job) throw new Error('visual/answers.json has no jobs: record it with RECORD=1 hack/dashboard.sh visual');
    return { ...job, name: `${job.name}-${i}`, uid: `${job.uid}-${i}` };
  });
  return { ...list, items, total };
}
