import { isMap, LineCounter } from 'yaml';

import type { NewJob, Spec } from '~/api/types';
import { documentOf, toYaml } from '~/api/yaml';
import { words } from '~/words/words';

/** How much text is read; the service takes no more either. */
const most = 1 << 20;

export interface Read {
  /** What would be sent; absent where the text is no job. */
  job?: NewJob;
  /** The job in the simple form. */
  spec?: Spec;
  /** What is wrong with the text itself, with line and column. */
  problem?: string;
}

const w = words.create.yaml;

/** read takes a job in the simple form or a whole MPIJob. */
export function read(text: string): Read {
  if (text.trim() === '') return { problem: w.empty };
  if (text.length > most) return { problem: w.long };
  const lines = new LineCounter();
  // Tags of their own are taken as text, and a document that grows by its anchors is refused below.
  const document = documentOf(text, lines);
  const first = document.errors[0];
  if (first) {
    const at = lines.linePos(first.pos[0]);
    return { problem: w.at(at.line, at.col, first.code === 'MULTIPLE_DOCS' ? w.several : first.message) };
  }
  if (!isMap(document.contents)) return { problem: w.noMap };
  let value: Record<string, unknown>;
  try {
    value = document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>;
  } catch {
    return { problem: w.bomb };
  }
  if ('kind' in value || 'apiVersion' in value || 'metadata' in value) return { job: value };
  return { job: value, spec: value };
}

/** write is a job as one reads it. */
export function write(job: object): string {
  return toYaml(job);
}
