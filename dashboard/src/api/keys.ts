import type { Scope } from './types';

/** keys are what queries are known by; all that show jobs begin with `jobs`. */
export const keys = {
  jobs: ['jobs'] as const,
  lists: ['jobs', 'list'] as const,
  list: (scope: Scope, selection: unknown) => ['jobs', 'list', scope, selection] as const,
  job: (namespace: string, name: string) => ['jobs', 'one', namespace, name] as const,
  images: (namespace: string) => ['jobs', 'images', namespace] as const,
  attempts: (namespace: string, name: string, version: string) => ['attempts', namespace, name, version] as const,
  comparison: (namespace: string, names: readonly string[]) => ['jobs', 'comparison', namespace, names] as const,
  usage: (scope: Scope) => ['usage', scope] as const,
  templates: (namespace: string) => ['templates', namespace] as const,
  rights: ['me'] as const,
  me: (namespace: Scope) => ['me', namespace] as const,
  projects: ['projects'] as const,
  session: ['session'] as const,
  intents: ['intent'] as const,
  intent: (what: readonly unknown[]) => ['intent', ...what] as const,
};
