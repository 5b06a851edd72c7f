import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { settle, welcome } from './page.js';

const unhandled: unknown[] = [];
process.on('unhandledRejection', (error) => unhandled.push(error));
let count = 0;
async function open(options = {}) {
  const hub = connect(`/${++count}`, options);
  return { hub, stream: await welcome() };
}

test('ready resolves when the hub has it', async () => {
  const { hub, stream } = await open();
  const sub = hub.subscribe('a', () => {});
  let done = false;
  sub.ready.then(() => {
    done = true;
  });
  await settle();
  assert.equal(done, false);
  stream.ready(1);
  await sub.ready;
  assert.equal(sub.channel, 'a');
});

test('unsubscribed before: CLOSED; aborted before: the reason; never an unhandled rejection', async () => {
  const { hub, stream } = await open();
  const one = hub.subscribe('a', () => {});
  one.unsubscribe();
  const aborting = new AbortController();
  const two = hub.subscribe('a', () => {}, { signal: aborting.signal });
  aborting.abort('why');
  const three = hub.subscribe('a', () => {}, { signal: AbortSignal.abort('before') });
  const ignored = hub.subscribe('a', () => {});
  ignored.unsubscribe();
  await settle();
  await assert.rejects(one.ready, { code: 'CLOSED' });
  await assert.rejects(two.ready, (reason) => reason === 'why');
  await assert.rejects(three.ready, (reason) => reason === 'before');
  assert.deepEqual(unhandled, []);
  assert.equal(stream.of('sub').length, stream.of('unsub').length);
});

test('abort ends it after it was ready too', async () => {
  const { hub, stream } = await open();
  const aborting = new AbortController();
  let heard = 0;
  const sub = hub.subscribe('a', () => heard++, { signal: aborting.signal });
  stream.ready(1);
  await sub.ready;
  aborting.abort();
  stream.events(['a', '1', 'x']);
  assert.equal(heard, 0);
  assert.equal(stream.of('unsub').length, 1);
});

test('refused by the hub: the error, for this subscription and its hub object', async () => {
  const { hub, stream } = await open();
  const errors: string[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail.code));
  const sub = hub.subscribe('a', () => {});
  stream.port.say({ t: 'error', s: stream.s, sub: 1, code: 'CHANNEL_LIMIT', detail: '2 channels' });
  await assert.rejects(sub.ready, { code: 'CHANNEL_LIMIT', message: /limits.channels/ });
  assert.deepEqual(errors, ['CHANNEL_LIMIT']);
});

test('closed by the server before it was ready: CLOSED, and reconnect() makes it live all the same', async () => {
  const { hub, stream } = await open({ topics: { param: 'topic' } });
  let heard = 0;
  const live = hub.subscribe('a', () => {});
  const sub = hub.subscribe('b', () => heard++, { topic: 'x' });
  stream.ready(1);
  stream.status({ status: 'closed', reason: 'refused' });
  await assert.rejects(sub.ready, { code: 'CLOSED', message: /reconnect\(\)/ });
  await live.ready;
  assert.deepEqual(unhandled, []);
  stream.status({ status: 'open', reason: 'opened' });
  stream.ready(2);
  stream.events(['b', '1', 'x']);
  assert.equal(heard, 1);
});

test('Symbol.dispose ends it, where the symbol is', async () => {
  const { hub, stream } = await open();
  const sub = hub.subscribe('a', () => {});
  assert.equal(Symbol.dispose in sub, true);
  sub[Symbol.dispose]();
  assert.equal(stream.of('unsub').length, 1);
  hub[Symbol.dispose]();
  assert.equal(hub.status, 'closed');
});
