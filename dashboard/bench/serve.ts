import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Job, JobList } from '../src/api/types';
import { keyOf, recorded, type Answer } from '../visual/answers';

/** How many jobs the service has, and how many a page of the list shows: as many as it can. */
export const total = 1_000;
export const perPage = 100;
export const listAt = `/projects/team-a/jobs?perPage=${perPage}`;

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const kinds: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const times = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"/g;

/** What a browser is measured on: the files as the service sends them, its recorded answers, and streams that tell what a bench says. */
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

/** event is one, as a stream has it. */
export const event = (name: string, data: object, id?: string) => `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

/** start serves on a port of its own until it is closed. */
export async function start(): Promise<Bench> {
  const { at, answers } = recorded();
  // Recorded just now: seconds go on in the list as they do while jobs run.
  const since = Date.now() - Date.parse(at);
  const now = (body: string) => body.replace(times, (t) => JSON.stringify(new Date(Date.parse(JSON.parse(t) as string) + since)));
  const known: Record<string, Answer> = Object.fromEntries(Object.entries(answers).map(([key, a]) => [key, { ...a, body: now(a.body) }]));
  const list = firstPage(known);
  const listed = `GET /api/v1/namespaces/team-a/trainingjobs?limit=${perPage}&sortBy=created`;

  const wrong: string[] = [];
  const streams = new Set<ServerResponse>();
  const logs = new Set<ServerResponse>();
  const open = (of: Set<ServerResponse>, res: ServerResponse) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(': open\n\n');
    of.add(res);
    res.on('close', () => of.delete(res));
  };
  const answer = (req: IncomingMessage, res: ServerResponse, { pathname, search }: URL) => {
    const asked = keyOf(req.method ?? '', pathname + search);
    const a = asked === listed ? { status: 200, type: 'application/json', body: JSON.stringify(list) } : known[asked];
    if (!a) wrong.push(asked);
    res.writeHead(a?.status ?? 500, { 'Content-Type': a?.type ?? 'text/plain', 'Cache-Control': 'no-store' }).end(a?.body);
  };
  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://service');
    if (url.pathname.startsWith('/api/v1/streams/')) open(url.pathname.endsWith('/logs') ? logs : streams, res);
    else if (/^\/(api\/|session$)/.test(url.pathname)) answer(req, res, url);
    else file(req, res, url.pathname);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** firstPage is the recorded jobs again and again, each by a name of its own. */
function firstPage(answers: Record<string, Answer>): JobList {
  const list = JSON.parse(answers['GET /api/v1/namespaces/team-a/trainingjobs?limit=20&sortBy=created']?.body ?? '{"items":[]}') as JobList;
  const items = Array.from({ length: perPage }, (_, i): Job => {
    const job = list.items[i % list.items.length];
    if (!job) throw new Error('visual/answers.json has no jobs: record it with RECORD=1 hack/dashboard.sh visual');
    return { ...job, name: `${job.name}-${i}`, uid: `${job.uid}-${i}` };
  });
  return { ...list, items, total };
}

/** file sends what was built, compressed as the service does it; index.html for what is a page. */
function file(req: IncomingMessage, res: ServerResponse, path: string) {
  const page = path.startsWith('/projects/') || path === '/';
  const name = page ? 'index.html' : normalize(path).replace(/^(\.\.[/\\])+/, '');
  const headers = { 'Content-Type': kinds[extname(name)] ?? 'application/octet-stream', 'Cache-Control': page ? 'no-cache' : 'public, max-age=31536000, immutable' };
  const accepted = String(req.headers['accept-encoding']);
  for (const [encoding, suffix] of [['br', '.br'], ['gzip', '.gz'], ['', '']] as const) {
    if (!accepted.includes(encoding)) continue;
    const body = read(join(dist, name + suffix));
    if (!body) continue;
    res.writeHead(200, { ...headers, ...(encoding && { 'Content-Encoding': encoding }) }).end(body);
    return;
  }
  res.writeHead(404).end();
}

const files = new Map<string, Buffer | undefined>();
function read(path: string): Buffer | undefined {
  if (!files.has(path)) {
    try {
      files.set(path, readFileSync(path));
    } catch {
      files.set(path, undefined);
    }
  }
  return files.get(path);
}
