import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** The browser that is tested with. */
export const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

const noted = new URL('pictures/browser.txt', import.meta.url);

/** release is the browser's, as "Chromium 156". */
const release = () => /^\w+ \d+/.exec(execFileSync(chromium, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))?.[0] ?? '';

/**
 * What a picture may differ by. Of the release that drew them: 50 pixels, for a short word that is greyed is more (74).
 * Another release draws edges otherwise, and the distribution brings one when it likes: a hundredth then, which still
 * finds what is missing or moved. Taking them anew (UPDATE=1) notes the release.
 */
export function tolerance(): { maxDiffPixels: number } | { maxDiffPixelRatio: number } {
  const here = release();
  if (process.env.UPDATE !== undefined) writeFileSync(noted, here + '\n');
  const drew = readFileSync(noted, 'utf8').trim();
  if (here === drew) return { maxDiffPixels: 50 };
  if (process.env.TEST_WORKER_INDEX === undefined) console.log(`The pictures are ${drew}'s, this is ${here}: a hundredth of each may differ. UPDATE=1 takes them anew.`);
  return { maxDiffPixelRatio: 0.01 };
}
