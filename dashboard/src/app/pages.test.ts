import { samePage, titleOf } from './pages';

test.each([
  ['/projects/a/usage', 'b', 'usage'],
  ['/projects/a/usage', null, 'usage'],
  ['/all/usage', 'b', 'usage'],
  ['/projects/a/templates', 'b', 'templates'],
  ['/projects/a/templates', null, 'jobs'],
  ['/projects/a/jobs/pi', 'b', 'jobs'],
  ['/projects/a/compare', 'b', 'jobs'],
  ['/help', 'b', 'jobs'],
  ['/', 'b', 'jobs'],
])('from %s to project %s leads to %s', (at, scope, want) => expect(samePage(at, scope)).toBe(want));

test.each([
  ['/projects/a/jobs', 'Training jobs · a'],
  ['/all/jobs', 'Training jobs'],
  ['/projects/a/jobs/pi', 'pi · a · Training jobs'],
  ['/projects/a/usage', 'Usage and quota · a · Training jobs'],
  ['/help', 'Help · Training jobs'],
  ['/nowhere', 'Training jobs'],
])('%s is called %s', (at, want) => expect(titleOf(at)).toBe(want));
