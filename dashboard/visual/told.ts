import type { Detail, Job, JobList, Progress, ProgressCurve } from '../src/api/types';
import { recorded, was } from './answers';
import { measured } from './measured';
import { json, type Others } from './show';

const { at } = recorded();
const jobs = '/api/v1/namespaces/team-a/trainingjobs';
const now = Date.parse(at);
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();

/** What the programs of the recorded jobs would have told: they tell nothing. */
const of: Record<string, Progress> = {
  'resnet-50': { at: before(4), percent: 62, expectedEnd: before(-12 * 60), metrics: [{ name: 'loss', value: 0.3127 }, { name: 'accuracy', value: 0.9134 }, { name: 'learning_rate', value: 0.00005 }] },
  'bert-large': { at: before(130), percent: 37, metrics: [{ name: 'loss', value: 1.204 }] },
  'bert-base': { at: before(140), metrics: [{ name: 'loss', value: 0.221 }] },
};

const cost = { currency: 'EUR', perHour: '6.20', soFar: '5.27', text: 'about 5.27 EUR, at 6.20 EUR an hour by its manifest' };

function list(): JobList {
  const is = was(`GET ${jobs}?limit=20&sortBy=created`) as JobList;
  return { ...is, items: is.items.map((j) => ({ ...(j.name === 'resnet-50' ? long(j) : j), ...(of[j.name] && { progress: of[j.name] }) })) };
}

function detail(name: string, more: Partial<Detail> = {}): Detail {
  return { ...(was(`GET ${jobs}/${name}/status`) as Detail), ...(of[name] && { progress: of[name] }), ...more };
}

/** long is a job that began an hour ago, when it had to have told so much. */
function long<J extends Job>(job: J): J {
  const began = before(3060);
  return { ...job, created: began, started: began, durationSeconds: 3060, timeline: (job.timeline ?? []).map((s) => ({ ...s, at: began })) };
}

/** curve is an hour of reports and an evaluation now and then. */
function curve(reports: number, more: Partial<ProgressCurve> = {}): ProgressCurve {
  const line = (name: string, value: (part: number, i: number) => number, every = 1) => {
    const all = Array.from({ length: Math.ceil(reports / every) }, (_, i) => i * every).map((i) => ({ time: before(4 + (reports - 1 - i) * 20), value: value(reports === 1 ? 1 : i / (reports - 1), i) }));
    const values = all.map((p) => p.value);
    return { name, reports: all.length, min: Math.min(...values), max: Math.max(...values), points: all };
  };
  const shake = (i: number) => ((i * 7919) % 101) / 101 - 0.5;
  return {
    namespace: 'team-a',
    job: 'resnet-50',
    since: before(3060),
    percent: line('percent', (p) => Math.round(62 * p)),
    training: [
      line('loss', (p, i) => (p === 1 ? 0.3127 : 0.28 + 2.1 * Math.exp(-4 * p) + shake(i) * 0.12)),
      line('accuracy', (p, i) => (p === 1 ? 0.9134 : 0.93 - 0.8 * Math.exp(-4 * p) + shake(i) * 0.02)),
      line('learning_rate', (p) => (p === 1 ? 0.00005 : 0.0005 * (1 - p) + 0.00005)),
      ...(reports > 20 ? [line('eval_loss', (p) => 0.35 + 1.6 * Math.exp(-3 * p), 15)] : []),
    ],
    ...more,
  };
}

/** Jobs of which some tell how far they are, and have a price. */
export const told: Others = {
  ...measured,
  [`GET ${jobs}?limit=20&sortBy=created`]: json(list()),
  [`GET ${jobs}/resnet-50/status`]: json(long(detail('resnet-50', { cost }))),
  [`GET ${jobs}/bert-large/status`]: json(detail('bert-large')),
  [`GET ${jobs}/bert-base/status`]: json(detail('bert-base', { cost: { ...cost, soFar: '0.02', text: 'about 0.02 EUR, at 6.20 EUR an hour by its manifest' } })),
  [`GET ${jobs}/resnet-50/progress`]: json(curve(150)),
};

/** A service that was started when the job had told something already. */
export const toldBefore: Others = { ...told, [`GET ${jobs}/resnet-50/progress`]: json(curve(40, { since: before(810), partial: true })) };

/** A program that has told something once. */
export const toldOnce: Others = { ...told, [`GET ${jobs}/resnet-50/progress`]: json(curve(1)) };
