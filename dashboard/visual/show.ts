import { expect, test as base, type Page, type Route } from '@playwright/test';

import { breaches } from '../src/test/contract';
import { keyOf, recorded, type Answer } from './answers';
import { Streams } from './streams';

const { at, answers } = recorded();

/** What is answered otherwise than recorded: "never" comes no answer, "lost" is the connection, "open" stays open after what it tells. */
export type Others = Record<string, Answer | 'never' | 'lost' | { open: string }>;

export const json = (body: object, status = 200): Answer => ({ status, type: status < 400 ? 'application/json' : 'application/problem+json', body: JSON.stringify(body) });
export const refused = (status: number, code: string, detail: string, title = code) => json({ type: '/docs#problem-' + code, title, status, code, detail }, status);
/** event is one, as a stream has it. */
export const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

export interface Served {
  /** Nothing was asked for a while. */
  quiet: () => boolean;
  /** From now on this is answered otherwise too. */
  now: (others: Others) => void;
  /** What an open stream tells. */
  tell: (key: string, text: string) => void;
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
  const known: Others = { ...answers, ...others };
  let last = Date.now();
  await page.clock.setFixedTime(new Date(at));
  // The worker that tabs share asks by itself, past these answers.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'));
  const answer = async (route: Route) => {
    const request = route.request();
    const { pathname: whole, search } = new URL(request.url());
    const pathname = whole.startsWith(below) ? whole.slice(below.length) : whole;
    const key = keyOf(request.method(), pathname + search);
    const a = known[key];
    if (a === 'never') return; // as a stream of jobs, of which nothing is told
    if (a === 'lost') return route.abort();
    if (a === undefined) {
      if (pathname.includes('/streams/')) return;
      wrong.push(`nothing is recorded for ${key}`);
      return route.abort();
    }
    if ('open' in a) return route.continue({ url: await streams.at(key, a.open) });
    if (!pathname.includes('/streams/')) {
      const body: unknown = a.type.endsWith('json') && !a.type.includes('ndjson') ? JSON.parse(a.body) : undefined;
      wrong.push(...breaches({ method: request.method(), path: pathname + search, status: a.status, type: a.type, answer: body }));
    }
    await route.fulfill({ status: a.status, contentType: a.type, body: a.body });
  };
  // Also of a part of the page: what it shows is asked for when it is there.
  const asked = () => void (last = Date.now());
  page.on('request', asked).on('requestfinished', asked).on('requestfailed', asked);
  await page.route(/\/(api\/|session$)/, answer);
  return { quiet: () => Date.now() - last > 700, now: (more) => void Object.assign(known, more), tell: (key, text) => streams.tell(key, text) };
}

/** ready waits until a page has what it shows: nothing is asked for any more, and unless it waits, nothing is to come; fonts too. */
export async function ready(page: Page, served: Served, waits = false) {
  await expect.poll(served.quiet).toBe(true);
  if (!waits) await expect(page.locator('.pf-v6-c-skeleton, .pf-v6-c-spinner')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

export { expect };
