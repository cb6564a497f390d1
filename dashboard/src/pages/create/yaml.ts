import { isAlias, isMap, isScalar, isSeq, LineCounter, type Document, type Node, type Pair } from 'yaml';

import type { NewJob, Spec } from '~/api/types';
import { documentOf, toYaml } from '~/api/yaml';
import { words } from '~/words/words';

/** How much text is read; the service takes no more either. */
const most = 1 << 20;
/** How many mistakes of the text are told: more of them mostly follow from those. */
const mistakes = 5;

/** Told is something wrong with a text. */
export interface Told {
  /** From 1; absent where it is not known, or the whole is meant. */
  line?: number | undefined;
  column?: number;
  /** Field is a path, as "spec.slotsPerWorker". */
  field?: string | undefined;
  message: string;
}

export interface Read {
  /** What would be sent; absent where the text is no job. */
  job?: NewJob;
  /** The job in the simple form. */
  spec?: Spec;
  /** What is wrong with the text itself. */
  problems: readonly Told[];
  /** The line of a field, or of the nearest around it that is there. */
  lineOf: (field: string) => number | undefined;
}

const w = words.create.yaml;

/** read takes a job in the simple form or a whole MPIJob. */
export function read(text: string): Read {
  const wrong = (...problems: Told[]): Read => ({ problems, lineOf: () => undefined });
  if (text.trim() === '') return wrong({ message: w.empty });
  if (text.length > most) return wrong({ message: w.long });
  const lines = new LineCounter();
  // Tags of their own are taken as text, and a document that grows by its anchors is refused below.
  const document = documentOf(text, lines);
  if (!document) return wrong({ message: w.deep });
  if (document.errors.length > 0) {
    return wrong(
      ...document.errors.slice(0, mistakes).map((e) => {
        const at = lines.linePos(e.pos[0]);
        return { line: at.line, column: at.col, message: w.mistakes[e.code] ?? e.message };
      }),
    );
  }
  if (!isMap(document.contents)) return wrong({ message: w.noMap });
  let value: Record<string, unknown>;
  try {
    value = document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>;
  } catch (e) {
    return wrong({ message: e instanceof ReferenceError && /^unresolved/i.test(e.message) ? w.noAnchor : w.bomb });
  }
  const found = { job: value, problems: [], lineOf: (field: string) => lineIn(document, lines, field) };
  return 'kind' in value || 'apiVersion' in value || 'metadata' in value ? found : { ...found, spec: value };
}

/** stepsOf are the parts of a path as "spec.mpiReplicaSpecs[Worker].containers[0].resources.limits[nvidia.com/gpu]". */
const stepsOf = (path: string) => [...path.matchAll(/\[([^\]]*)\]|[^.[\]]+/g)].map((m) => m[1] ?? m[0]);

function lineIn(document: Document.Parsed, lines: LineCounter, field: string): number | undefined {
  let node: Node | null = document.contents;
  let line: number | undefined;
  for (const step of stepsOf(field)) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    let at: Node | undefined;
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((p) => isScalar(p.key) && String(p.key.value) === step);
      at = pair?.key as Node | undefined;
      node = (pair?.value as Node | null | undefined) ?? null;
    } else if (isSeq(node)) {
      at = node.items[Number(step)] as Node | undefined;
      node = at ?? null;
    }
    if (!at?.range) return line;
    line = lines.linePos(at.range[0]).line;
  }
  return line;
}

/** write is a job as one reads it. */
export function write(job: object): string {
  return toYaml(job);
}
