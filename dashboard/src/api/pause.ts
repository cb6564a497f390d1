const first = 500;
const longest = 30_000;

/** Pause is how long a stream waits before it is begun again: ever longer, and not all pages as long. */
export class Pause {
  private ms = first;

  /** The next one, in milliseconds. */
  next(): number {
    const now = this.ms * (0.5 + Math.random());
    this.ms = Math.min(this.ms * 2, longest);
    return now;
  }

  /** What came shows that all is well. */
  reset(): void {
    this.ms = first;
  }
}
