import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { settle, welcome } from './page.js';

let count = 0;
async function open() {
  const hub = connect(`/${++count}`);
  return { hub, stream: await welcome() };
}

test('subscribes when called and gives the events in order, also to several readers at once', async () => {
  const { hub, stream } = await open();
  const events = hub.events('a');
  assert.equal(stream.of('sub').length, 1);
  stream.ready(1);
  const first = [events.next(), events.next()];
  stream.events(['a', '1', 'x'], ['a', '2', 'y'], ['a', '3', 'z']);
  const values = await Promise.all([...first, events.next()]);
  assert.deepEqual(
    values.map(({ value }) => value?.data),
    ['x', 'y', 'z'],
  );
});

test('leaving the loop unsubscribes', async () => {
  const { hub, stream } = await open();
  const events = hub.events('a');
  stream.ready(1);
  stream.events(['a', '1', 'x'], ['a', '2', 'y']);
  for await (const event of events) {
    assert.equal(event.data, 'x');
    break;
  }
  assert.equal(stream.of('unsub').length, 1);
  assert.deepEqual(await events.next(), { done: true, value: undefined });
});

test('abort and close end it, waiting or not', async () => {
  const { hub } = await open();
  const aborting = new AbortController();
  const one = hub.events('a', { signal: aborting.signal });
  const two = hub.events('b');
  const waiting = [one.next(), two.next()];
  aborting.abort();
  hub.close();
  assert.deepEqual(await Promise.all(waiting), Array(2).fill({ done: true, value: undefined }));
  const early = connect(`/${++count}`).events('a', { signal: AbortSignal.abort() });
  assert.equal((await early.next()).done, true);
});

test('a refusal rejects the read, once', async () => {
  const { hub, stream } = await open();
  const events = hub.events('a');
  const reading = events.next();
  hub.addEventListener('error', () => {});
  stream.port.say({ t: 'error', s: stream.s, sub: 1, code: 'CHANNEL_LIMIT', detail: '' });
  await assert.rejects(reading, { code: 'CHANNEL_LIMIT' });
  assert.equal((await events.next()).done, true);
});

test('holds 1,000 events; then the oldest goes, with one gap for all, and the ack does not wait', async () => {
  const { hub, stream } = await open();
  const gaps: unknown[] = [];
  hub.addEventListener('gap', ({ detail }) => gaps.push(detail));
  const events = hub.events('a');
  stream.ready(1);
  const n = stream.events(...Array.from({ length: 1005 }, (_, i): [string, string, string] => ['a', `${i}`, `${i}`]));
  assert.deepEqual(stream.port.acks.at(-1), [stream.s, n]);
  await settle();
  assert.deepEqual(gaps, [{ channel: 'a', dropped: 5, cause: 'overflow' }]);
  assert.equal((await events.next()).value?.data, '5');
});

test('who asks for more of the past than that can hold as many', async () => {
  const { hub, stream } = await open();
  const events = hub.events('a', { replay: 3000 });
  stream.ready(1);
  stream.events(...Array.from({ length: 3001 }, (_, i): [string, string, string] => ['a', `${i}`, `${i}`]));
  assert.equal((await events.next()).value?.data, '1');
});
