import { vi } from 'vitest';

import { eventBreaches } from './contract';
import { broken } from './service';

/** FakeStream is an EventSource whose server is the test. */
export class FakeStream extends EventTarget {
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static all: FakeStream[] = [];

  readonly url: string;
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private last = '';

  constructor(url: string) {
    super();
    this.url = url;
    FakeStream.all.push(this);
  }

  /** The stream that is open now. */
  static get current(): FakeStream {
    const last = FakeStream.all.at(-1);
    if (!last) throw new Error('the page opened no stream');
    return last;
  }

  open() {
    this.readyState = FakeStream.OPEN;
    this.onopen?.();
  }

  /** As in a browser an event without an id has the one before; an empty one takes it away. */
  send(kind: string, data: unknown, id = this.last) {
    this.last = id;
    broken.push(...eventBreaches(kind, data));
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId: id }));
  }

  /** The connection broke; refused: the browser gives up. */
  fail(refused = false) {
    if (refused) this.readyState = FakeStream.CLOSED;
    this.onerror?.();
  }

  close() {
    this.readyState = FakeStream.CLOSED;
  }
}

vi.stubGlobal('EventSource', FakeStream);
