import '@testing-library/jest-dom/vitest';

import { cleanup, configure, getConfig } from '@testing-library/react';
import { unstable_IdlePriority as idle, unstable_scheduleCallback as schedule } from 'scheduler';

import { broken } from './service';

// What a test awaits is drawn before the effects of its drawing have run, the later the busier the machine. They are
// awaited too: React has nothing more to do then.
const library = getConfig();
const settled = () => new Promise<void>((resolve) => void schedule(idle, resolve));

configure({
  // A busy machine takes its time; what doesn't come at all fails all the same.
  asyncUtilTimeout: 5_000,
  asyncWrapper: (wait) =>
    library.asyncWrapper(async (): Promise<unknown> => {
      const found: unknown = await wait();
      await settled();
      return found;
    }) as Promise<unknown>,
});

// What jsdom doesn't have and components ask for at once.
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }));
Object.defineProperty(Element.prototype, 'scrollTo', { value: () => undefined });
vi.stubGlobal(
  'EventSource',
  class {
    static readonly OPEN = 1;
    static readonly CLOSED = 2;
    readyState = 0;
    addEventListener() {
      return undefined;
    }
    close() {
      return undefined;
    }
  },
);

afterEach(() => {
  cleanup();
  expect(broken.splice(0)).toEqual([]);
});
