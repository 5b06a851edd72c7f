import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { type FakeWorker, locks, settle, welcome, workers } from './page.js';

const last = () => workers.at(-1) as FakeWorker;

test('the worker is made at once; the hello comes first, and once more when the tab lock is held', async () => {
  const hub = connect('/events', { workerUrl: '/a/worker.js', reconnect: { maxAttempts: Number.POSITIVE_INFINITY } });
  assert.equal(workers.length, 1);
  assert.equal(last().name, 'tabmux');
  hub.subscribe('a', () => {}, { replay: 2, topic: 'a/7' });
  hub.subscribe('*', () => {});
  // Nothing of it waits for the chunk on demand.
  await Promise.resolve();
  assert.deepEqual(
    last().port.said.map((message) => (message as { t: string }).t),
    ['hello', 'attach'],
  );
  await settle();
  const { port } = last();
  const hello = port.of('hello')[0];
  const attach = port.of('attach')[0];
  const lock = `tabmux:tab:${hello?.tab}`;
  assert.deepEqual(port.said, [hello, attach, { t: 'visible', visible: true }, { ...hello, lock }]);
  assert.equal(hello?.lock, undefined);
  assert.match(hello?.tab ?? '', /^(\d{1,10}-){3}\d{1,10}$/);
  assert.deepEqual([hello?.v, hello?.visible], [5, true]);
  assert.deepEqual(attach?.subs, [
    { sub: 1, channel: 'a', replay: 2, topic: 'a/7' },
    { sub: 2, channel: '*', replay: 0, topic: undefined },
  ]);
  assert.equal(attach?.url, 'http://app.test/events');
  assert.deepEqual(attach?.options, { reconnect: { maxAttempts: Number.POSITIVE_INFINITY } });
  assert.ok(!locks.waits.length);
});

test('what is subscribed to and left later travels by itself', async () => {
  const hub = connect('/later', { workerUrl: '/b/worker.js' });
  await welcome();
  const { port } = last();
  const sub = hub.subscribe('x', () => {}, { replay: 1, topic: 'x/7' });
  sub.unsubscribe();
  sub.unsubscribe();
  const { s } = port.of('attach')[0] as { s: number };
  assert.deepEqual(port.of('sub'), [{ t: 'sub', s, sub: 1, channel: 'x', replay: 1, topic: 'x/7' }]);
  assert.deepEqual(port.of('unsub'), [{ t: 'unsub', s, sub: 1 }]);
});

test('equal calls share one attach, whatever the order of the options; the last to go detaches', async () => {
  const workerUrl = '/c/worker.js';
  const one = connect('/same#x', { workerUrl, connectTimeout: 5, hiddenTimeout: 6 });
  const two = connect('../same#y', { workerUrl, hiddenTimeout: 6, connectTimeout: 5 });
  const other = connect('/same', { workerUrl, principal: 'p' });
  await welcome();
  const { port } = last();
  assert.equal(port.of('attach').length, 2);
  one.close();
  assert.equal(port.of('detach').length, 0);
  two.close();
  assert.deepEqual(port.of('detach'), [{ t: 'detach', s: port.of('attach')[0]?.s }]);
  other.close();
  assert.equal(port.of('detach').length, 2);
});

test('closing one leaves the subscriptions of the other', async () => {
  const workerUrl = '/d/worker.js';
  const one = connect('/s', { workerUrl });
  const two = connect('/s', { workerUrl });
  const heard: string[] = [];
  one.subscribe('a', () => heard.push('one'));
  two.subscribe('a', () => heard.push('two'));
  const stream = await welcome();
  stream.ready(1, 2);
  stream.events(['a', '1', 'x']);
  one.close();
  stream.events(['a', '2', 'x']);
  assert.deepEqual(heard, ['one', 'two', 'two']);
});

test('a stream that has closed is not taken up by a new call', async () => {
  const workerUrl = '/e/worker.js';
  connect('/s', { workerUrl });
  const stream = await welcome();
  stream.status({ status: 'closed', reason: 'max-attempts', failed: true });
  const again = connect('/s', { workerUrl });
  await settle();
  assert.equal(stream.port.of('attach').length, 2);
  assert.equal(again.status, 'idle');
});
