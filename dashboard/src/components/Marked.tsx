import { Fragment } from 'react';

/** Marked is a sentence of the core or the docs, with what stands between backticks as code. A single backtick is one. */
export function Marked({ text }: { text: string }) {
  const parts = text.split(/`([^`]+)`/); // every second one stood between two
  return parts.map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : <Fragment key={i}>{part}</Fragment>));
}
