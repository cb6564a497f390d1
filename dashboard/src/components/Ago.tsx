import { moment, since, span } from './time';
import { useNow } from './useNow';

/** Ago is how long ago something was; the moment itself shows where one points. */
export function Ago({ at }: { at: string }) {
  const text = useNow((now) => span(since(at, now)));
  return (
    <time dateTime={at} title={moment(at)}>
      {text}
    </time>
  );
}
