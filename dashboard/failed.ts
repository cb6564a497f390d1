import { stripVTControlCharacters } from 'node:util';

import type { FullConfig, Reporter, Suite, TestCase } from '@playwright/test/reporter';

const most = 6;

/** Ends what a run prints with what failed at what: what Playwright prints of each failure is long, and a CI may keep the end alone. */
export default class Failed implements Reporter {
  private tests: TestCase[] = [];

  onBegin(_: FullConfig, suite: Suite) {
    this.tests = suite.allTests();
  }

  onEnd() {
    for (const t of this.tests.filter((one) => one.outcome() === 'unexpected')) {
      const error = t.results.at(-1)?.error;
      const said = stripVTControlCharacters(error?.message ?? '').split('\n').filter((line) => line.trim() !== '');
      console.log(`\nfailed: ${t.title}\n  at ${error?.location ? `${error.location.file}:${error.location.line}` : t.location.file}`);
      for (const line of said.slice(0, most)) console.log(`  ${line}`);
    }
  }

  printsToStdio() {
    return false;
  }
}
