import type * as HostReact from 'react';
import type * as HostRouter from 'react-router-dom';

import { words } from '~/words/words';

import { navigation } from './navigation';

/**
 * What Open Data Hub's dashboard asks of a federated module, docs/decisions/0046-a-module-of-the-dashboard.md: extensions,
 * as its plugin-core has them. Here is all that knows of it.
 */
const base = '/develop-train/mpi-jobs';
const api = '/mpi-jobs';
const section = 'develop-and-train';

/** What a host shares, by name and version. */
type Shared = Record<string, Record<string, { get: () => Promise<() => unknown> } | undefined> | undefined>;

/** get is a container's: a function that is the module of that name. */
export function get(name: string, shared: Shared | undefined): () => { default: unknown } {
  if (name !== './extensions') throw new Error(`there is no ${name} here, only ./extensions`);
  return () => ({ default: extensions(shared) });
}

function extensions(shared: Shared | undefined) {
  const id = (of: string) => `mpi-jobs-${of}`;
  return [
    { type: 'app.navigation/section', properties: { id: id('section'), title: words.product, section } },
    ...navigation(base).map((entry) => ({ type: 'app.navigation/href', properties: { ...entry, id: id(entry.id), section: id('section') } })),
    { type: 'app.route', properties: { path: `${base}/*`, component: () => page(shared) } },
  ];
}

/** lent is what the host shares by a name; it has one of each, as it says to all modules. */
async function lent<T>(shared: Shared | undefined, name: string): Promise<T> {
  const one = Object.values(shared?.[name] ?? {})[0];
  if (!one) throw new Error(`the page shares no ${name}`);
  return (await one.get())() as T;
}

/** The rest is loaded when one comes to it: the host asks for extensions as it starts. */
async function page(shared: Shared | undefined) {
  const [React, router, { component }] = await Promise.all([lent<typeof HostReact>(shared, 'react'), lent<typeof HostRouter>(shared, 'react-router-dom'), import('./component')]);
  return { default: component(React, router, { base, api }) };
}
