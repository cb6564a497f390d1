import { useEffect, useRef } from 'react';

import type { LogLine } from '~/api/types';
import { plain } from '~/components/plain';
import { words } from '~/words/words';

import { useFollow, useRows } from './useRows';
import './logs.css';

interface Props {
  lines: readonly LogLine[];
  count: number;
  /** Whether each line says whose it is. */
  labelled: boolean;
  wrap: boolean;
  follow: boolean;
  /** The reader has scrolled away from the end. */
  onLeaveEnd: () => void;
  needle: string;
  /** The line of the match that is looked at. */
  current: number | undefined;
  foot: string | undefined;
}

/** LogView shows the lines that fit on the screen, of however many there are. Everything in them is text. */
export function LogView({ lines, count, labelled, wrap, follow, onLeaveEnd, needle, current, foot }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const was = useRef({ top: 0, height: 0 });
  // New lines move the view down: whoever moves it up is the reader, unless there is less to show, as after the oldest went.
  const scrolled = ({ currentTarget: e }: React.UIEvent<HTMLDivElement>) => {
    const { top, height } = was.current;
    if (e.scrollTop < top && e.scrollHeight >= height && e.scrollTop + e.clientHeight < e.scrollHeight - 1) onLeaveEnd();
    was.current = { top: e.scrollTop, height: e.scrollHeight };
  };
  const rows = useRows(box, count, wrap);
  useFollow(rows, count, follow);
  useEffect(() => {
    if (current !== undefined) rows.scrollTo(current, 'center');
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the rows are others with each drawing
  }, [current]);

  return (
    <div className="log-box">
      {/* It scrolls, so it must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={box} className={wrap ? 'log log-wrap' : 'log'} role="log" aria-label={words.job.logs.view} aria-live="off" tabIndex={0} onScroll={scrolled}>
        <div style={{ height: rows.total }} className="log-all">
          {rows.items.map((row) => {
            const line = lines[row.index];
            if (!line) return null;
            return (
              <div
                key={row.index}
                data-index={row.index}
                ref={rows.measure}
                className={row.index === current ? 'log-line log-current' : line.note ? 'log-line log-note' : 'log-line'}
                style={{ transform: `translateY(${row.start}px)` }}
              >
                {labelled && <span className="log-where">{line.rank === undefined ? line.where : `${line.where} · ${words.job.failure.rank} ${line.rank}`}</span>}
                <Text text={line.text} needle={needle} />
              </div>
            );
          })}
        </div>
      </div>
      {foot !== undefined && (
        <p className={count === 0 ? 'log-foot log-alone' : 'log-foot'} role="status">
          {foot}
        </p>
      )}
    </div>
  );
}

/** Text is a line with what is searched for marked. */
function Text({ text, needle }: { text: string; needle: string }) {
  const shown = plain(text);
  if (needle === '') return <>{shown}</>;
  const parts: React.ReactNode[] = [];
  const lower = shown.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(shown.slice(from, at), <mark key={at}>{shown.slice(at, at + needle.length)}</mark>);
    from = at + needle.length;
  }
  parts.push(shown.slice(from));
  return <>{parts}</>;
}
