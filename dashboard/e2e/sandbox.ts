import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect, request, test as base, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';

import { seen } from '../failed';

/** root is the repository's. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
const screenshots = join(root, 'docs', 'dashboard');

/** Users of the sandbox; engineer is a service account of team-a. */
export type User = 'scientist' | 'other-scientist' | 'team-admin' | 'engineer' | 'admin';

/** kubeconfig is where a user of the sandbox has their credentials. */
export function kubeconfig(user: User): string {
  return execFileSync(join(root, 'bin', 'sandbox'), ['kubeconfig', user], { encoding: 'utf8' }).trim();
}

export function token(user: User): string {
  const found = /token:\s*(\S+)/.exec(readFileSync(kubeconfig(user), 'utf8'));
  if (!found?.[1]) throw new Error(`the kubeconfig of ${user} holds no token`);
  return found[1];
}

/** cluster asks the API server itself, as the administrator, for what no page of the dashboard is for. */
async function cluster(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, data?: object) {
  const server = /server:\s*(\S+)/.exec(readFileSync(kubeconfig('admin'), 'utf8'))?.[1] ?? '';
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const context = await request.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: { Authorization: `Bearer ${token('admin')}`, 'Content-Type': type } });
  const answer = await context.fetch(server + path, { method, ...(data && { data }) });
  const text = await answer.text();
  await context.dispose();
  if (!answer.ok() && !(method === 'DELETE' && answer.status() === 404)) throw new Error(`${method} ${path}: ${text}`);
  return { ok: answer.ok(), text };
}

/** asAdmin changes something of the cluster. What is not there to delete is fine; whether it was is the answer. */
export async function asAdmin(method: 'POST' | 'PATCH' | 'DELETE', path: string, data?: object) {
  return (await cluster(method, path, data)).ok;
}

/** watched tells each line of what the API server streams at a path, until the function that it returns is called. */
export async function watched(path: string, tell: (line: string) => void): Promise<() => void> {
  const config = readFileSync(kubeconfig('admin'), 'utf8');
  const server = /server:\s*(\S+)/.exec(config)?.[1] ?? '';
  return new Promise((open, fail) => {
    const asked = get(server + path, { rejectUnauthorized: false, headers: { Authorization: `Bearer ${token('admin')}` } }, (answer) => {
      if (answer.statusCode !== 200) fail(new Error(`GET ${path}: ${String(answer.statusCode)}`));
      answer.on('error', () => undefined); // that it was ended from here
      const lines = createInterface(answer).on('line', tell).on('error', () => undefined);
      open(() => {
        lines.close();
        asked.destroy();
      });
    }).on('error', fail);
  });
}

const kinds = [
  '/apis/kubeflow.org/v2beta1/namespaces/team-a/mpijobs',
  '/apis/trainer.kubeflow.org/v1alpha1/namespaces/team-a/trainjobs',
  '/apis/trainer.kubeflow.org/v1alpha1/namespaces/team-a/trainingruntimes',
  '/apis/jobset.x-k8s.io/v1alpha2/namespaces/team-a/jobsets',
  '/apis/batch/v1/namespaces/team-a/jobs',
  ...['pods', 'services', 'configmaps', 'secrets', 'persistentvolumeclaims'].map((k) => `/api/v1/namespaces/team-a/${k}`),
];

/** leftOf is everything in team-a, of the kinds that a job is made of, whose name begins so. */
export async function leftOf(prefix: string): Promise<string[]> {
  const all = await Promise.all(
    kinds.map(async (path) => {
      const { items } = JSON.parse((await cluster('GET', path)).text) as { items: { metadata: { name: string } }[] };
      return items.filter((i) => i.metadata.name.startsWith(prefix)).map((i) => `${path.split('/').at(-1)}/${i.metadata.name}`);
    }),
  );
  return all.flat();
}

/** Someone is who has a token of their own. */
export interface Someone {
  name: string;
  token: string;
}

const accounts = '/api/v1/namespaces/team-a/serviceaccounts';

/** someone is a service account of team-a that was just made, and may nothing. Its token lasts half an hour, or until it is deleted. */
export async function someone(name: string): Promise<Someone> {
  await nobody(name);
  await asAdmin('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  const { text } = await cluster('POST', `${accounts}/${name}/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 1_800 } });
  return { name: `system:serviceaccount:team-a:${name}`, token: (JSON.parse(text) as { status: { token: string } }).status.token };
}

/** nobody takes an account away, and with it what it may. */
export async function nobody(name: string) {
  await unbind(name);
  await asAdmin('DELETE', `${accounts}/${name}`);
}

const bindings = '/apis/rbac.authorization.k8s.io/v1/namespaces/team-a/rolebindings';

/** bind gives an account one of the roles that are shipped, in team-a. */
export async function bind(name: string, role: 'training-viewer' | 'training-scientist') {
  await unbind(name);
  await asAdmin('POST', bindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `e2e-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', namespace: 'team-a', name }],
  });
}

export const unbind = (name: string) => asAdmin('DELETE', `${bindings}/e2e-${name}`);

/** quota limits what jobs of a namespace may take, in the place of a quota of that name; without limits it is gone. */
export async function quota(namespace: string, name: string, hard?: Record<string, string>) {
  const all = `/api/v1/namespaces/${namespace}/resourcequotas`;
  await asAdmin('DELETE', `${all}/${name}`);
  if (!hard) return;
  await asAdmin('POST', all, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard } });
  // Until it is counted for the first time, nothing that it limits is let in.
  const counted = async () => Object.keys((JSON.parse((await cluster('GET', `${all}/${name}`)).text) as { status: { used?: object } }).status.used ?? {});
  await expect.poll(counted).toHaveLength(Object.keys(hard).length);
}

/** claim makes a volume of a folder on this machine, and a claim on it that pods of the team can write to. */
export async function claim(name: string, folder: string) {
  await noClaim(name);
  const spec = { accessModes: ['ReadWriteMany'], storageClassName: name };
  await asAdmin('POST', '/api/v1/persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { ...spec, capacity: { storage: '1Gi' }, persistentVolumeReclaimPolicy: 'Retain', hostPath: { path: folder } },
  });
  await asAdmin('POST', `/api/v1/namespaces/team-a/persistentvolumeclaims`, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { ...spec, volumeName: name, resources: { requests: { storage: '1Gi' } } },
  });
}

export async function noClaim(name: string) {
  await asAdmin('DELETE', `/api/v1/namespaces/team-a/persistentvolumeclaims/${name}`);
  await asAdmin('DELETE', `/api/v1/persistentvolumes/${name}`);
}

/** odh runs the terminal's command as a user, in their team's namespace; it throws where that fails, unless the failure is what is wanted. */
export function odh(user: User, args: string[], failing = false): string {
  const options: ExecFileSyncOptionsWithStringEncoding = { encoding: 'utf8', timeout: 240_000, env: { ...process.env, KUBECONFIG: kubeconfig(user) } };
  try {
    return execFileSync(join(root, 'bin', 'odh'), ['training', ...args], options);
  } catch (e) {
    const { code, stdout } = e as { code?: string; stdout?: string };
    if (failing && code !== 'ETIMEDOUT') return String(stdout);
    throw e;
  }
}

/** gone deletes a job that an earlier run has left. */
export function gone(...names: string[]) {
  for (const n of names) odh('scientist', ['delete', n, '--yes', '--wait'], true);
}

/** A program's last words in a shell, in rank 0's: it goes on until enough was seen of it, for ten minutes. */
export const untilEnough = 'for i in $(seq 600); do [ ! -e /tmp/enough ] || exit 0; sleep 1; done';

/** enough ends a job whose rank 0, in Worker 0, waits for that. */
export const enough = (user: User, job: string) => odh(user, ['exec', job, '--worker', '0', '--', 'touch', '/tmp/enough']);

export const image = 'mpijob.sandbox/openmpi:4.1';

/** signIn opens the dashboard as a user of the sandbox, or as somebody with a token. */
export async function signIn(page: Page, user: User | Someone, to = '/projects/team-a/jobs') {
  await page.goto(to);
  const { name, token: secret } = typeof user === 'string' ? { name: user, token: token(user) } : user;
  await page.getByLabel('Token').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: new RegExp(name) })).toBeVisible();
}

/** rowOf is a job's in a list. */
export const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });

/** picture keeps a page for the docs, where that was asked for. */
export async function picture(page: Page, name: string) {
  if (!process.env.PICTURES) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
}

export { accessible } from './accessible';
export { expect, type Page };

/** seenOf is what a test that failed was looking at: the page in few lines, and the team's jobs as the terminal has them. */
async function seenOf(page: Page): Promise<string> {
  const main = page.locator('main').or(page.locator('body')).last();
  const words = await main.innerText({ timeout: 2_000 }).catch((e: unknown) => String(e));
  const lines = `${page.url()}: ${words.replace(/\s*\n\s*/g, ' · ')}`.slice(0, 600).match(/.{1,150}/g) ?? [];
  let jobs: string;
  try {
    jobs = odh('admin', ['list', '-n', 'team-a'], true);
  } catch (e) {
    jobs = String(e);
  }
  return [...lines, jobs].join('\n');
}

/** Another opens a browser of its own for somebody, as far as cookies, storage and connections go. */
export type Another = (options?: BrowserContextOptions) => Promise<Page>;

export const test = base.extend<{ another: Another }>({
  page: async ({ page }, give, info) => {
    await give(page);
    if (info.status !== info.expectedStatus) await info.attach(seen, { body: await seenOf(page), contentType: 'text/plain' });
  },
  another: async ({ browser }, give) => {
    const opened: BrowserContext[] = [];
    await give(async (options) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
      opened.push(context);
      const page = await context.newPage();
        return page;
    });
    // Else their pages would follow the jobs of all tests to come.
    await Promise.all(opened.map((c) => c.close()));
  },
});
