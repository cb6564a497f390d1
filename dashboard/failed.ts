import { stripVTControlCharacters } from 'node:util';

import type { FullConfig, Reporter, Suite, TestCase, TestError, TestResult } from '@playwright/test/reporter';

/** What a test that failed may attach: what was there to see. */
export const seen = 'seen';

/** How many lines are told of each error, of how many, and of what was there to see. */
const most = { lines: 6, errors: 3, seen: 12 };

function tell(what: string, errors: readonly TestError[]) {
  console.log(`\nfailed: ${what}`);
  for (const { location, message, value } of errors.slice(0, most.errors)) {
    if (location) console.log(`  at ${location.file}:${location.line}`);
    const said = stripVTControlCharacters(message ?? value ?? '').split('\n').filter((line) => line.trim() !== '');
    for (const line of said.slice(0, most.lines)) console.log(`  ${line}`);
  }
}

function show(attachments: TestResult['attachments']) {
  for (const { name, body } of attachments) {
    if (name !== seen || !body) continue;
    for (const line of body.toString().split('\n').slice(0, most.seen)) console.log(`  ${line.slice(0, 160)}`);
  }
}

/** Ends what a run prints with what failed at what: what Playwright prints of each failure is long, and a CI may keep the end alone. */
export default class Failed implements Reporter {
  private tests: TestCase[] = [];
  private elsewhere: TestError[] = [];

  onBegin(_: FullConfig, suite: Suite) {
    this.tests = suite.allTests();
  }

  onError(error: TestError) {
    this.elsewhere.push(error);
  }

  onEnd() {
    for (const error of this.elsewhere) tell('outside of the tests', [error]);
    for (const t of this.tests.filter((one) => one.outcome() === 'unexpected')) {
      const last = t.results.at(-1);
      tell(t.titlePath().filter(Boolean).join(' › '), last?.errors ?? []);
      show(last?.attachments ?? []);
    }
  }

  printsToStdio() {
    return false;
  }
}
