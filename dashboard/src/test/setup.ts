import '@testing-library/jest-dom/vitest';

import { cleanup, configure } from '@testing-library/react';

import { broken } from './service';

// A busy machine takes its time; what doesn't come at all fails all the same.
configure({ asyncUtilTimeout: 5_000 });

// What jsdom doesn't have and components ask for at once.
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }));
Object.defineProperty(Element.prototype, 'scrollTo', { value: () => undefined });
vi.stubGlobal(
  'EventSource',
  class {
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
