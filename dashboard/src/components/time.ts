const steps = [
  { unit: 86_400, sign: 'd' },
  { unit: 3_600, sign: 'h' },
  { unit: 60, sign: 'm' },
  { unit: 1, sign: 's' },
] as const;

/** span is a duration in its two largest units: "2h5m", "48s". */
export function span(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const { unit, sign } of steps) {
    const n = Math.floor(rest / unit);
    rest -= n * unit;
    if (n > 0 || (parts.length === 0 && unit === 1)) parts.push(`${n}${sign}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join('');
}

const [minute, hour, day] = [60, 3_600, 86_400] as const;

/** left is how long is left until something, rounded as the odh command does it: "12m", "3m05s", "2d". */
export function left(seconds: number): string {
  const d = Math.max(0, seconds);
  if (d > 0 && d < 1) return `${Math.max(0.1, d).toFixed(1)}s`;
  const unit = d >= 47.5 * hour ? day : d >= 3 * hour - 30 ? hour : d >= 10 * minute - 0.5 ? minute : 1;
  const n = Math.round(d / unit) * unit;
  if (n < 2 * minute) return `${n}s`;
  if (n < 10 * minute) return `${Math.floor(n / minute)}m${String(n % minute).padStart(2, '0')}s`;
  if (n < 3 * hour) return `${Math.floor(n / minute)}m`;
  return n < 2 * day ? `${Math.floor(n / hour)}h` : `${Math.floor(n / day)}d`;
}

/** hours is a limit as one writes it: "24h", and "1h30m" where it isn't whole hours. */
export function hours(seconds: number): string {
  return seconds > 0 && seconds % 3_600 === 0 ? `${seconds / 3_600}h` : span(seconds);
}

/** since is how long ago it was, in seconds. */
export function since(at: string, now: number): number {
  return (now - Date.parse(at)) / 1000;
}

/** Made once: making one takes longer than all the rest of a row. */
const dateAndTime = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });

/** moment is a day and a time as they are written where one is. */
export function moment(at: string): string {
  return dateAndTime.format(new Date(at));
}
