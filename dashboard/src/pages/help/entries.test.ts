import { entriesOf, find, named } from './entries';
import { troubleshooting } from './troubleshooting';

const markdown = `# Troubleshooting

| Reason | What happened | And then |
|---|---|---|
| [NodeLost](#nodelost) | A node was lost | final; with \`retry-lost-workers\` a new attempt |

<a id="nodelost"></a>
## A node was lost

**Reason** \`NodeLost\`

**What you see.** Pods are gone: all of one node.

**What to do.** Create it again.
`;

test('an entry is its title, its reason, and what is said of it', () =>
  expect(entriesOf(markdown)).toEqual([
    { reason: 'NodeLost', title: 'A node was lost', then: 'final; with `retry-lost-workers` a new attempt', see: 'Pods are gone: all of one node.', mend: 'Create it again.' },
  ]));

test('every reason of the docs has an entry, with what to do and what follows', async () => {
  const { readFileSync } = await import('node:fs');
  const reasons = [...readFileSync('../docs/troubleshooting.md', 'utf8').matchAll(/^\| \[(\w+)\]/gm)].map((m) => m[1]);
  expect(reasons.length).toBeGreaterThan(25);
  expect(troubleshooting.map((e) => e.reason)).toEqual(reasons);
  for (const e of troubleshooting) expect([e.reason, e.title, e.then, e.see, e.why, e.mend]).not.toContain(undefined);
});

test('entries are found by any of their words', () => {
  expect(find(troubleshooting, 'killed MEMORY').map((e) => e.reason)).toContain('RankOOMKilled');
  expect(find(troubleshooting, 'no such words at all')).toEqual([]);
});

test('an address names an entry by its reason, or as the docs’ anchors do', () => {
  expect(named(troubleshooting, '#RankOOMKilled')?.reason).toBe('RankOOMKilled');
  expect(named(troubleshooting, '#rankoomkilled')?.reason).toBe('RankOOMKilled');
  expect(named(troubleshooting, '')).toBeUndefined();
});
