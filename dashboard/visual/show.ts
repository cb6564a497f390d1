import { expect, test as base, type Page, type Request, type Route } from '@playwright/test';

import { breaches } from '../src/test/contract';
import { keyOf, recorded, type Answer } from './answers';
import { Streams } from './streams';

const { at, answers } = recorded();

/** What is answered otherwise than recorded: "never" comes no answer, "lost" is the connection, "open" is a stream that stays open after what it tells. */
export type Others = Record<string, Answer | 'never' | 'lost' | { open: string }>;

/** A stream that was recorded stays open as it did then, unless it ended: it would be asked for again, and told twice. */
const lasting = Object.entries(answers).filter(([, a]) => a.type === 'text/event-stream' && !/^event: end$/m.test(a.body));
const usual: Others = { ...answers, ...Object.fromEntries(lasting.map(([key, { body }]) => [key, { open: body }])) };

export const json = (body: object, status = 200): Answer => ({ status, type: status < 400 ? 'application/json' : 'application/problem+json', body: JSON.stringify(body) });
export const refused = (status: number, code: string, detail: string, title = code) => json({ type: '/docs#problem-' + code, title, status, code, detail }, status);
/** event is one, as a stream has it. */
export const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export interface Served {
  /** All is answered, and nothing was asked for a while. */
  quiet: () => boolean;
  /** From now on this is answered otherwise too. */
  now: (others: Others) => void;
  /** What an open stream tells. */
  tell: (key: string, text: string) => void;
  /** An open stream's connection is lost, and each that is tried after it. */
  lose: (key: string) => void;
}

/** Serve answers otherwise than recorded where that is said, below a path of the service's. */
export type Serve = (others?: Others, below?: string) => Promise<Served>;

/** A test whose page is served what was recorded; each answer has to be as the contract says. */
export const test = base.extend<{ serve: Serve }>({
  serve: async ({ page }, give) => {
    const streams = new Streams();
    const wrong: string[] = [];
    await give((others, below) => serve(page, streams, wrong, others, below));
    streams.close();
    expect(wrong).toEqual([]);
  },
});

/** serve answers a page's requests as recorded, at the moment of the recording. */
async function serve(page: Page, streams: Streams, wrong: string[], others: Others = {}, below = ''): Promise<Served> {
  const known: Others = { ...usual, ...others };
  let last = Date.now();
  const unanswered = new Set<Request>();
  await page.clock.setFixedTime(new Date(at));
  // The worker that tabs share asks by itself, past these answers.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'));
  const answer = async (route: Route) => {
    const request = route.request();
    const { pathname: whole, search } = new URL(request.url());
    const pathname = whole.startsWith(below) ? whole.slice(below.length) : whole;
    const key = keyOf(request.method(), pathname + search);
    const stream = pathname.includes('/streams/');
    const a = known[key] ?? (stream ? 'never' : undefined); // of a stream of jobs nothing is told
    if (a === undefined) {
      wrong.push(`nothing is recorded for ${key}`);
      return route.abort();
    }
    if (a === 'lost') return route.abort();
    if (a === 'never' || 'open' in a) unanswered.delete(request);
    if (a === 'never') return;
    if ('open' in a) return route.continue({ url: await streams.at(key, a.open) });
    if (!stream) {
      const body: unknown = a.type.endsWith('json') && !a.type.includes('ndjson') ? JSON.parse(a.body) : undefined;
      wrong.push(...breaches({ method: request.method(), path: pathname + search, status: a.status, type: a.type, answer: body }));
    }
    await route.fulfill({ status: a.status, contentType: a.type, body: a.body, ...(a.position && { headers: { Position: a.position } }) });
  };
  // Also of a part of the page: what it shows is asked for when it is there.
  const asked = (request: Request) => {
    last = Date.now();
    unanswered.add(request);
  };
  const answered = (request: Request) => {
    last = Date.now();
    unanswered.delete(request);
  };
  page.on('request', asked).on('requestfinished', answered).on('requestfailed', answered);
  // Of what a page asked before another came in its place nothing is told any more.
  let another = false;
  page.on('response', (r) => (another ||= r.request().isNavigationRequest()));
  page.on('framenavigated', () => {
    if (another) unanswered.clear();
    another = false;
  });
  await page.route(/\/(api\/|session$)/, answer);
  const now = (more: Others) => void Object.assign(known, more);
  return {
    quiet: () => unanswered.size === 0 && Date.now() - last > 700,
    now,
    tell: (key, text) => streams.tell(key, text),
    lose: (key) => {
      now({ [key]: 'lost' });
      streams.cut(key);
    },
  };
}

/** ready waits until a page has what it shows: nothing is asked for any more, and unless it waits, nothing is to come; fonts too. */
export async function ready(page: Page, served: Served, waits = false) {
  await expect.poll(served.quiet).toBe(true);
  if (!waits) await expect(page.locator('.pf-v6-c-skeleton, .pf-v6-c-spinner')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

export { expect };
