// Lighthouse over pages, in the browser that CHROME_PATH names: pages as JSON on the command line, each page's findings
// as a line of JSON on the output. It is a package of its own, for it is larger than the dashboard's other tools together
// and nothing but a measurement needs it.
import { argv } from 'node:process';

import { launch } from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';

const categories = ['performance', 'accessibility', 'best-practices'];
/** What a page may take until nothing is under way any more, in ms. */
const patience = 30_000;

/** A page is { name, url, form: 'desktop' | 'mobile', theme: 'light' | 'dark' }. */
async function measure(page) {
  const chrome = await launch({
    logLevel: 'silent',
    chromeFlags: ['--headless=new', '--no-sandbox', '--ignore-certificate-errors', `--blink-settings=preferredColorScheme=${page.theme === 'dark' ? 0 : 1}`],
  });
  try {
    const flags = { port: chrome.port, logLevel: 'silent', onlyCategories: categories, maxWaitForLoad: patience, disableFullPageScreenshot: true };
    const { lhr } = (await lighthouse(page.url, flags, page.form === 'desktop' ? desktopConfig : undefined)) ?? {};
    if (lhr === undefined) throw new Error(`${page.url}: Lighthouse says nothing`);
    if (lhr.runtimeError) throw new Error(`${page.url}: ${lhr.runtimeError.code}: ${lhr.runtimeError.message}`);
    return { name: page.name, form: page.form, theme: page.theme, ...found(lhr) };
  } finally {
    chrome.kill();
  }
}

function found(lhr) {
  const ms = (audit) => lhr.audits[audit]?.numericValue ?? null;
  const scripts = (lhr.audits['network-requests']?.details?.items ?? []).filter((r) => r.resourceType === 'Script');
  const sum = (of) => scripts.reduce((all, s) => all + (s[of] ?? 0), 0);
  return {
    scores: Object.fromEntries(categories.map((c) => [c, Math.round((lhr.categories[c]?.score ?? 0) * 100)])),
    fcp: ms('first-contentful-paint'),
    lcp: ms('largest-contentful-paint'),
    tbt: ms('total-blocking-time'),
    cls: ms('cumulative-layout-shift'),
    script: { files: scripts.length, onTheWire: sum('transferSize'), bytes: sum('resourceSize') },
    warnings: lhr.runWarnings,
    failed: categories.slice(1).flatMap((c) => (lhr.categories[c]?.auditRefs ?? []).flatMap(({ id, weight }) => why(lhr.audits[id], weight))),
    lighthouse: lhr.lighthouseVersion,
  };
}

/** why says what an audit found, and where; nothing where it counts for nothing or found nothing. */
function why(audit, weight) {
  if (weight === 0 || audit === undefined || audit.score === null || audit.score === 1) return [];
  const where = (audit.details?.items ?? []).map((i) => i.node?.selector ?? i.url ?? i.description ?? i.source ?? '');
  return [`${audit.id}: ${audit.title}: ${where.slice(0, 5).join(', ')}`];
}

for (const page of JSON.parse(argv[2] ?? '[]')) console.log(JSON.stringify(await measure(page)));
