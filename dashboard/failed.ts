import { stripVTControlCharacters } from 'node:util';

import type { FullConfig, Reporter, Suite, TestCase, TestError } from '@playwright/test/reporter';

/** How many lines are told of each error, and of how many. */
const most = { lines: 6, errors: 3 };

function tell(what: string, errors: readonly TestError[]) {
  console.log(`\nfailed: ${what}`);
  for (const { location, message, value } of errors.slice(0, most.errors)) {
    if (location) console.log(`  at ${location.file}:${location.line}`);
    const said = stripVTControlCharacters(message ?? value ?? '').split('\n').filter((line) => line.trim() !== '');
    for (const line of said.slice(0, most.lines)) console.log(`  ${line}`);
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
      tell(t.titlePath().filter(Boolean).join(' › '), t.results.at(-1)?.errors ?? []);
    }
  }

  printsToStdio() {
    return false;
  }
}
