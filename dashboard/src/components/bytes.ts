const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** mebibytes is an amount of memory as people read it: "512 MiB", "1.5 GiB". */
export function mebibytes(bytes: number): string {
  let n = bytes;
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return `${n < 10 && !Number.isInteger(n) ? n.toFixed(1) : Math.round(n)} ${units[unit] ?? ''}`;
}
