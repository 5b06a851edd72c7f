import './page.js';
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { SharedEventSource } from '../../js/shared-event-source.js';
import type { FakeStream } from './page.js';
import { settle, welcome } from './page.js';

// The queue of tasks has an open port, which Node stays for.
after(() => setImmediate(() => process.exit()));

let count = 0;
async function open(init = {}): Promise<{ es: SharedEventSource; stream: FakeStream; log: string[] }> {
  const es = new SharedEventSource(`/${++count}`, init);
  const log: string[] = [];
  for (const type of ['open', 'error']) es.addEventListener(type, () => log.push(`${type} ${es.readyState}`));
  return { es, stream: await welcome(), log };
}
/** As many turns of the event loop as a queue of some tasks needs. */
async function tasks(): Promise<void> {
  for (let i = 0; i < 5; i++) await settle();
}

test('constants, url, withCredentials and readyState are as natively', async () => {
  const { es } = await open({ withCredentials: true });
  assert.deepEqual([SharedEventSource.CONNECTING, SharedEventSource.OPEN, SharedEventSource.CLOSED], [0, 1, 2]);
  assert.deepEqual([es.CONNECTING, es.OPEN, es.CLOSED], [0, 1, 2]);
  assert.equal(es.url, `http://app.test/${count}`);
  assert.equal(es.withCredentials, true);
  assert.equal(es.readyState, 0);
  assert.throws(() => {
    (es as { url: string }).url = 'x';
  }, TypeError);
});

test('the first request carries the types listened to in the same task', async () => {
  const es = new SharedEventSource(`/${++count}`, { replay: 2 });
  es.onmessage = () => {};
  es.addEventListener('order', () => {});
  es.addEventListener('order', () => {});
  es.addEventListener('none', null);
  es.addEventListener('*', () => {});
  const stream = await welcome();
  const [attach] = stream.of('attach');
  assert.equal(attach?.kind, 'drop-in');
  assert.deepEqual(
    attach?.subs.map(({ channel, replay }) => `${channel} ${replay}`),
    ['message 2', 'order 2'],
  );
});

test('each event is a MessageEvent in a task of its own, in order with open; the ack waits', async () => {
  const { es, stream, log } = await open();
  es.onmessage = (event) => {
    assert.ok(event instanceof MessageEvent);
    log.push(`message ${event.data} ${event.lastEventId} ${event.origin}`);
    queueMicrotask(() => log.push('microtask'));
  };
  await settle();
  const [sub] = stream.of('sub');
  stream.ready(1, 2, sub?.sub as number);
  stream.status({ status: 'open' });
  const n = stream.events(['message', '1', 'x'], ['message', '2', 'y']);
  assert.deepEqual(log, []);
  assert.notDeepEqual(stream.port.acks.at(-1), [stream.s, n]);
  await tasks();
  const origin = 'http://app.test';
  assert.deepEqual(log, ['open 1', `message x 1 ${origin}`, 'microtask', `message y 2 ${origin}`, 'microtask']);
  assert.deepEqual(stream.port.acks.at(-1), [stream.s, n]);
});

test('one error for each failure, with the state that follows; CLOSED is final', async () => {
  const { es, stream, log } = await open();
  stream.status({ status: 'open' });
  stream.status({ status: 'reconnecting', failed: true });
  stream.status({ status: 'reconnecting', failed: true });
  stream.status({ status: 'open' });
  stream.status({ status: 'closed', failed: true });
  stream.status({ status: 'open' });
  await tasks();
  assert.deepEqual(log, ['open 1', 'error 0', 'error 0', 'open 1', 'error 2']);
  assert.equal(es.readyState, 2);
});

test('after close() nothing is dispatched, not even what is queued; others go on', async () => {
  const { es, stream, log } = await open();
  const other = new SharedEventSource(`/${count}`);
  const heard: string[] = [];
  other.onmessage = ({ data }) => heard.push(data);
  es.onmessage = ({ data }) => heard.push(`closed ${data}`);
  await settle();
  stream.ready(...stream.of('sub').map(({ sub }) => sub));
  stream.status({ status: 'open' });
  stream.events(['message', '1', 'x']);
  es.close();
  es.close();
  await tasks();
  assert.deepEqual(log, []);
  assert.deepEqual(heard, ['x']);
  assert.equal(es.readyState, 2);
  assert.equal(stream.of('detach').length, 0);
  other.close();
  assert.equal(stream.of('detach').length, 1);
});

test('a later instance gets its own open, in a task', async () => {
  const { stream } = await open();
  stream.status({ status: 'open' });
  await tasks();
  const later = new SharedEventSource(`/${count}`);
  let opened = 0;
  later.onopen = () => opened++;
  assert.equal(later.readyState, 0);
  await tasks();
  assert.equal(opened, 1);
  assert.equal(later.readyState, 1);
  assert.equal(stream.port.of('attach').filter(({ url }) => url.endsWith(`/${count}`)).length, 1);
});

test('a type is left with its last listener: removed, once, or aborted', async () => {
  const { es, stream } = await open();
  const listener = () => {};
  const aborting = new AbortController();
  es.addEventListener('a', listener);
  es.addEventListener('a', listener, true);
  es.addEventListener('b', listener, { once: true });
  es.addEventListener('c', listener, { signal: aborting.signal });
  const left = () => stream.of('unsub').length;
  es.removeEventListener('a', listener);
  assert.equal(left(), 0);
  es.removeEventListener('a', listener, { capture: true });
  assert.equal(left(), 1);
  aborting.abort();
  assert.equal(left(), 2);
  stream.ready(...stream.of('sub').map(({ sub }) => sub));
  stream.events(['b', '1', 'x']);
  await tasks();
  assert.equal(left(), 3);
});

test('a handler attribute keeps its place among the listeners when replaced, and goes with null', async () => {
  const { es, stream } = await open();
  const log: string[] = [];
  es.onmessage = () => log.push('first');
  es.addEventListener('message', () => log.push('listener'));
  es.onmessage = function (this: EventSource) {
    log.push(`second ${this === es}`);
  };
  stream.ready(...stream.of('sub').map(({ sub }) => sub));
  stream.events(['message', '1', 'x']);
  await tasks();
  es.onmessage = null;
  assert.equal(es.onmessage, null);
  stream.events(['message', '2', 'x']);
  await tasks();
  assert.deepEqual(log, ['second true', 'listener', 'listener']);
});

test('a URL that does not parse is a SyntaxError; a foreign scheme closes, with an error in a task', async () => {
  assert.throws(
    () => new SharedEventSource('http://'),
    (error) => error instanceof DOMException && error.name === 'SyntaxError',
  );
  const es = new SharedEventSource('ftp://app.test/x');
  assert.equal(es.readyState, 0);
  let errors = 0;
  es.onerror = () => errors++;
  await tasks();
  assert.deepEqual([errors, es.readyState], [1, 2]);
});

test('shared: false is the native one', () => {
  class Native {
    url: string;
    init: unknown;
    constructor(url: URL, init: unknown) {
      this.url = url.href;
      this.init = init;
    }
  }
  globalThis.EventSource = Native as unknown as typeof EventSource;
  const es = new SharedEventSource('/own', { shared: false, withCredentials: true });
  assert.ok((es as unknown) instanceof Native);
  assert.deepEqual({ ...es }, { url: 'http://app.test/own', init: { withCredentials: true } });
});

test('the fourth stream to an http origin warns once', (t) => {
  const warn = t.mock.method(console, 'warn', () => {});
  for (let i = 0; i < 6; i++) new SharedEventSource(`http://many.test/${i}`);
  assert.equal(warn.mock.callCount(), 1);
});
