import type { Browser, CDPSession, Page } from '@playwright/test';

/** How far the wheel goes down the list and up again, in pixels, how fast, in pixels a second, and how often. */
const [far, speed, turns] = [2_800, 2_400, 2];

/** What of the list was on the screen while a wheel scrolled it, in frames, as the browser itself has counted them. */
export interface Scrolled {
  frames: number;
  /** Those that came a screen's refresh or more after they were due. */
  late: number;
  /** Those in which a part of the list was not drawn yet. */
  blank: number;
}

/** What Chromium's tracing calls a frame that scrolls, and one that it presents. */
interface Event {
  name: string;
  ph: string;
  args?: {
    scroll_jank_v4?: { vsyncs_since_previous_frame?: number };
    frame_reporter?: { scroll_state?: string; has_missing_content?: boolean };
  };
}

/**
 * wheel scrolls as a person does. The browser moves what is drawn by itself, without waiting for the page's scripts; a script
 * that scrolls and counts its own frames sees none of that.
 */
export async function wheel(browser: Browser, page: Page, devtools: CDPSession): Promise<Scrolled> {
  await browser.startTracing(page, { categories: ['cc,benchmark', 'input.scrolling'] });
  for (let turn = 0; turn < turns; turn++)
    for (const yDistance of [-far, far]) await devtools.send('Input.synthesizeScrollGesture', { x: 600, y: 500, yDistance, speed, gestureSourceType: 'mouse' });
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Event[] };
  const begun = traceEvents.filter((e) => e.ph === 'b');
  const moved = begun.flatMap((e) => (e.name === 'ScrollJankV4' && e.args?.scroll_jank_v4 ? [e.args.scroll_jank_v4] : []));
  const shown = begun.flatMap((e) => (e.name === 'PipelineReporter' && e.args?.frame_reporter ? [e.args.frame_reporter] : []));
  if (moved.length === 0 || shown.length === 0) throw new Error('the browser has counted no frame: its tracing has other names');
  return {
    frames: moved.length,
    late: moved.filter((m) => (m.vsyncs_since_previous_frame ?? 1) > 1).length,
    blank: shown.filter((s) => s.scroll_state !== 'SCROLL_NONE' && s.has_missing_content).length,
  };
}
