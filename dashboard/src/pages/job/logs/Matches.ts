import type { LogLine } from '~/api/types';

/** Matches are the lines that hold what is searched for. Lines come at the end: only those that are new are searched. */
export class Matches {
  private found: number[] = [];
  private upTo = 0;
  private dropped = 0;
  private of: readonly LogLine[] = [];

  /** needle in small letters; nothing is found of an empty one. */
  constructor(private readonly needle: string) {}

  /** in is the places of matching lines; dropped is how many lines have gone from the beginning since there were any. */
  in(lines: readonly LogLine[], dropped: number): readonly number[] {
    if (this.needle === '') return [];
    if (lines !== this.of || dropped !== this.dropped || lines.length < this.upTo) {
      this.of = lines;
      this.dropped = dropped;
      this.found = [];
      this.upTo = 0;
    }
    for (; this.upTo < lines.length; this.upTo++) {
      if (lines[this.upTo]?.text.toLowerCase().includes(this.needle)) this.found.push(this.upTo);
    }
    return this.found;
  }
}
