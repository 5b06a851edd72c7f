import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { settle } from './page.js';

class Native {
  static readonly CLOSED = 2;
  readonly url: string;
  constructor(url: string | URL) {
    this.url = String(url);
  }
}

test('importing puts the shared one in place for the own origin, and nothing else', async () => {
  globalThis.EventSource = Native as unknown as typeof EventSource;
  const { install } = await import('../../js/auto.js');
  const { SharedEventSource } = await import('../../js/shared-event-source.js');
  const own = new EventSource('/own');
  const foreign = new EventSource('http://other.test/x');
  assert.ok(own instanceof SharedEventSource);
  assert.ok((foreign as unknown) instanceof Native);
  assert.ok(own instanceof EventSource && foreign instanceof EventSource);
  assert.equal(EventSource.CLOSED, 2);
  assert.ok((new SharedEventSource('/x', { shared: false }) as unknown) instanceof Native, 'not itself again');
  const uninstall = install({ match: () => true });
  assert.ok(new EventSource('http://other.test/x') instanceof SharedEventSource);
  uninstall();
  assert.equal(globalThis.EventSource as unknown, Native);
  await settle();
});
