import { expect, type Page, type Route } from '@playwright/test';

import { breaches } from '../src/test/contract';
import { keyOf, recorded, type Answer } from './answers';

const { at, answers } = recorded();

/** What is answered otherwise than recorded: "never" comes no answer. */
export type Others = Record<string, Answer | 'never'>;

export const json = (body: object, status = 200): Answer => ({ status, type: status < 400 ? 'application/json' : 'application/problem+json', body: JSON.stringify(body) });
export const refused = (status: number, code: string, detail: string, title = code) => json({ type: '/docs#problem-' + code, title, status, code, detail }, status);

interface Served {
  /** What was not as the contract says, or not recorded. */
  wrong: string[];
  /** Nothing was asked for a while. */
  quiet: () => boolean;
}

/** serve answers a page's requests, below a path of the service's, as recorded, at the moment of the recording; each answer has to be as the contract says. */
export async function serve(page: Page, others: Others = {}, below = ''): Promise<Served> {
  const wrong: string[] = [];
  let last = Date.now();
  await page.clock.setFixedTime(new Date(at));
  // The worker that tabs share asks by itself, past these answers.
  await page.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'));
  const answer = async (route: Route) => {
    last = Date.now();
    const request = route.request();
    const { pathname: whole, search } = new URL(request.url());
    const pathname = whole.startsWith(below) ? whole.slice(below.length) : whole;
    const key = keyOf(request.method(), pathname + search);
    const a = others[key] ?? answers[key];
    if (a === 'never') return; // as a stream of jobs, of which nothing is told
    if (a === undefined) {
      if (pathname.includes('/streams/')) return;
      wrong.push(`nothing is recorded for ${key}`);
      await route.abort();
      return;
    }
    if (!pathname.includes('/streams/')) {
      const body: unknown = a.type.endsWith('json') && !a.type.includes('ndjson') ? JSON.parse(a.body) : undefined;
      wrong.push(...breaches({ method: request.method(), path: pathname + search, status: a.status, type: a.type, answer: body }));
    }
    await route.fulfill({ status: a.status, contentType: a.type, body: a.body });
  };
  await page.route(/\/(api\/|session$)/, answer);
  return { wrong, quiet: () => Date.now() - last > 700 };
}

/** ready waits until a page has what it shows: nothing is asked for any more, and unless it waits, nothing is to come; fonts too. */
export async function ready(page: Page, served: Served, waits: boolean) {
  await expect.poll(served.quiet).toBe(true);
  if (!waits) await expect(page.locator('.pf-v6-c-skeleton, .pf-v6-c-spinner')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}
