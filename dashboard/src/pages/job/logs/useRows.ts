import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';

/** The height of a line that isn't wrapped, as logs.css has it. */
export const lineHeight = 21;
/** How many lines beyond the screen are drawn, so that scrolling finds them there. */
const beyond = 30;

export interface Rows {
  /** The height of all lines, in pixels. */
  total: number;
  /** The lines that are drawn. */
  items: { index: number; start: number }[];
  scrollTo: (index: number, align: 'end' | 'center') => void;
  /** Takes the height of a line that was drawn, where lines differ in it. */
  measure: ((line: HTMLElement | null) => void) | undefined;
}

/**
 * useRows is which of very many lines are drawn. Lines of one height are counted; only wrapped ones are measured, which
 * costs with each line that comes as much as there are lines.
 */
export function useRows(box: RefObject<HTMLElement | null>, count: number, wrap: boolean): Rows {
  const counted = useCounted(box, count);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer keeps its own state, which nothing here memoizes
  const measured = useVirtualizer({ count: wrap ? count : 0, getScrollElement: () => box.current, estimateSize: () => lineHeight, overscan: beyond });
  if (!wrap) return counted;
  return {
    total: measured.getTotalSize(),
    items: measured.getVirtualItems(),
    scrollTo: (index, align) => measured.scrollToIndex(index, { align }),
    measure: measured.measureElement,
  };
}

function useCounted(box: RefObject<HTMLElement | null>, count: number): Rows {
  const [view, setView] = useState({ top: 0, height: 0 });
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return undefined;
    const look = () => setView((was) => (was.top === el.scrollTop && was.height === el.clientHeight ? was : { top: el.scrollTop, height: el.clientHeight }));
    look();
    el.addEventListener('scroll', look, { passive: true });
    window.addEventListener('resize', look);
    return () => {
      el.removeEventListener('scroll', look);
      window.removeEventListener('resize', look);
    };
  }, [box]);
  return {
    total: count * lineHeight,
    items: shown(view.top, view.height, count),
    scrollTo: (index, align) => {
      const high = box.current?.clientHeight ?? 0;
      box.current?.scrollTo({ top: align === 'end' ? (index + 1) * lineHeight - high : index * lineHeight - (high - lineHeight) / 2 });
    },
    measure: undefined,
  };
}

/** shown are the lines of one height that a view shows, and some beyond it. */
export function shown(top: number, height: number, count: number): Rows['items'] {
  const first = Math.max(0, Math.min(Math.floor(top / lineHeight), count - 1) - beyond);
  const end = Math.min(count, Math.ceil((top + height) / lineHeight) + beyond);
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => ({ index: first + i, start: (first + i) * lineHeight }));
}

/** useFollow keeps the end in sight while lines come. */
export function useFollow(rows: Rows, count: number, follow: boolean): void {
  useEffect(() => {
    if (follow && count > 0) rows.scrollTo(count - 1, 'end');
    // The rows are others with each drawing; only lines that come, or get higher as fonts do, move the view.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [follow, count, rows.total]);
}
