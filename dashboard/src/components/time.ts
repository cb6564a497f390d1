const steps = [
  { unit: 86_400, sign: 'd' },
  { unit: 3_600, sign: 'h' },
  { unit: 60, sign: 'm' },
  { unit: 1, sign: 's' },
] as const;

/** span is a duration in its two largest units, as the odh command prints it: "2h5m", "48s". */
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

/** hours is a limit as one writes it: "24h", and "1h30m" where it isn't whole hours. */
export function hours(seconds: number): string {
  return seconds > 0 && seconds % 3_600 === 0 ? `${seconds / 3_600}h` : span(seconds);
}

/** since is how long ago it was, in seconds. */
export function since(at: string, now: number): number {
  return (now - Date.parse(at)) / 1000;
}
