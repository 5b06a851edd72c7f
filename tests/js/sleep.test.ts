import './page.js';
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { connect } from '../../js/connect.js';
import { SharedEventSource } from '../../js/shared-event-source.js';
import { type FakeWorker, fakeDocument, settle, stopClock, tick, transition, welcome, workers } from './page.js';

stopClock();
// The queue of tasks has an open port, which Node stays for.
after(() => setImmediate(() => process.exit()));

const last = () => workers.at(-1) as FakeWorker;
let count = 0;

async function open() {
  const hub = connect('/s', { workerUrl: `/${++count}/worker.js` });
  const heard: string[] = [];
  hub.subscribe('a', ({ data }) => heard.push(data));
  const stream = await welcome();
  stream.ready(1);
  return { hub, stream, heard, port: last().port };
}

const freeze = () => fakeDocument.dispatchEvent(new Event('freeze'));

test('after a freeze batches wait for one round trip, then go on in order', async () => {
  const { stream, heard, port } = await open();
  port.hangs = true;
  freeze();
  stream.events(['a', '1', 'x']);
  const acks = port.acks.length;
  stream.events(['a', '2', 'y']);
  assert.deepEqual([heard, port.of('ping').length, port.acks.length], [[], 1, acks]);
  port.say({ t: 'pong' });
  assert.deepEqual(heard, ['x', 'y']);
  assert.equal(port.acks.length, acks + 2);
  stream.events(['a', '3', 'z']);
  assert.deepEqual([heard.at(-1), port.of('ping').length], ['z', 1]);
});

test('nothing of a session that ended meanwhile is shown', async () => {
  const { stream, heard, port, hub } = await open();
  port.hangs = true;
  freeze();
  stream.events(['a', '1', 'of the old session']);
  port.say({ t: 'ended', session: 1 });
  port.say({ t: 'pong' });
  assert.deepEqual([heard, hub.status], [[], 'closed']);
});

test('the pong of a ping from before the sleep tells nothing', async () => {
  const { stream, heard, port } = await open();
  port.hangs = true;
  await tick(10_000);
  assert.equal(port.of('ping').length, 1);
  freeze();
  stream.events(['a', '1', 'x']);
  port.say({ t: 'pong' });
  stream.events(['a', '2', 'y']);
  assert.deepEqual(heard, []);
  port.say({ t: 'pong' });
  assert.deepEqual(heard, ['x', 'y']);
});

test('a clock that has jumped is a sleep too', async (t) => {
  const { stream, heard, port } = await open();
  port.hangs = true;
  const later = Date.now() + 60_000;
  t.mock.method(Date, 'now', () => later);
  stream.events(['a', '1', 'x']);
  assert.deepEqual(heard, []);
  port.say({ t: 'pong' });
  assert.deepEqual(heard, ['x']);
});

test('what is held when the worker dies was not processed: the next one is told so', async () => {
  const { stream, heard, port } = await open();
  stream.events(['a', '1', 'x']);
  port.hangs = true;
  freeze();
  stream.events(['a', '2', 'y']);
  port.say({ t: 'rejoin' });
  await settle();
  const [attach] = last().port.of('attach');
  assert.deepEqual([heard, attach?.position?.id], [['x'], '1']);
  const again = await welcome();
  again.ready(1);
  again.events(['a', '2', 'y']);
  assert.deepEqual(heard, ['x', 'y']);
});

test('a drop-in dispatches nothing that waited through the end of its session', async () => {
  for (const way of ['freeze', 'cache']) {
    const source = new SharedEventSource(`/${way}`);
    const heard: unknown[] = [];
    source.addEventListener('a', ({ data }) => heard.push(data));
    await settle();
    const stream = await welcome();
    const { port } = last();
    stream.ready(1);
    await settle();
    port.hangs = true;
    // Its tasks have not run when the page falls asleep.
    stream.events(['a', '1', 'of the old session']);
    if (way === 'freeze') freeze();
    else {
      transition('pagehide', true);
      transition('pageshow', true);
      // A hub says the end before it answers the ping.
      last().port.hangs = true;
    }
    await settle();
    assert.deepEqual(heard, []);
    await settle();
    last().port.say({ t: 'ended', session: 1 });
    last().port.say({ t: 'pong' });
    last().port.hangs = false;
    await settle();
    assert.deepEqual([heard, source.readyState], [[], 2], way);
  }
});

test('a drop-in goes on where it was', async () => {
  const source = new SharedEventSource('/go-on');
  const heard: unknown[] = [];
  source.addEventListener('a', ({ data }) => heard.push(data));
  const stream = await welcome();
  const { port } = last();
  stream.ready(1);
  await settle();
  port.hangs = true;
  stream.events(['a', '1', 'x']);
  freeze();
  stream.events(['a', '2', 'y']);
  await settle();
  assert.deepEqual(heard, []);
  port.say({ t: 'pong' });
  await settle();
  assert.deepEqual(heard, ['x', 'y']);
  source.close();
});

test('a drop-in that is closed while the page sleeps leaves the next one its events', async () => {
  const closed = new SharedEventSource('/closed');
  closed.onmessage = () => {};
  const before = await welcome();
  const { port } = last();
  before.ready(1);
  await settle();
  port.hangs = true;
  freeze();
  closed.close();
  port.say({ t: 'pong' });
  const next = new SharedEventSource('/next');
  const heard: unknown[] = [];
  next.onopen = () => heard.push('open');
  await settle();
  const { s } = port.of('attach').at(-1) as { s: number };
  port.say({ t: 'attached', s, term: 1 });
  port.say([s, 1, 1, 0, '', 0, -5, { status: 'open', reason: 'opened', resumed: null, failed: false }, null]);
  await settle();
  assert.deepEqual(heard, ['open']);
});

test('a drop-in whose worker is given up while the page sleeps tells of it', async () => {
  const source = new SharedEventSource('/given-up');
  const stream = await welcome();
  stream.ready(1);
  await settle();
  const { port } = last();
  port.hangs = true;
  const failed = new Promise((resolve) => {
    source.onerror = resolve;
  });
  freeze();
  port.say({ t: 'refused', v: 9, build: 'x' });
  await Promise.race([failed, settle().then(settle)]);
  assert.equal(source.readyState, 2);
  await failed;
});

test('who sleeps again before it has heard asks again: the session may have ended in between', async () => {
  const { stream, heard, port, hub } = await open();
  port.hangs = true;
  freeze();
  stream.events(['a', '1', 'x']);
  freeze();
  // What has come meanwhile, in the order in which it was said.
  port.say({ t: 'pong' });
  stream.events(['a', '2', 'of the old session']);
  port.say({ t: 'ended', session: 1 });
  port.say({ t: 'pong' });
  assert.deepEqual([heard, hub.status, port.of('ping').length], [[], 'closed', 2]);
});
