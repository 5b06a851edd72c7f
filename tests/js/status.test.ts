import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { OP_ERROR, OP_GAP } from '../../js/protocol.js';
import type { StatusDetail } from '../../js/types.js';
import { settle, welcome } from './page.js';

let count = 0;
async function open() {
  const logged: string[] = [];
  const hub = connect(`/${++count}`, {
    logger: { info: (text, facts) => logged.push(`${text} ${JSON.stringify(facts)}`) },
  });
  return { hub, logged, stream: await welcome() };
}

test('status is told on a change and not otherwise', async () => {
  const { hub, stream, logged } = await open();
  const seen: StatusDetail[] = [];
  hub.addEventListener('status', ({ detail }) => seen.push(detail));
  assert.equal(hub.status, 'idle');
  stream.status({ status: 'connecting', reason: 'subscribed' });
  stream.status({ status: 'connecting', reason: 'network', failed: true });
  stream.status({ status: 'open', reason: 'opened', resumed: 'unknown' });
  assert.equal(hub.status, 'open');
  hub.close();
  assert.deepEqual(seen, [
    { status: 'connecting', previous: 'idle', reason: 'subscribed', resumed: null },
    { status: 'open', previous: 'connecting', reason: 'opened', resumed: 'unknown' },
    { status: 'closed', previous: 'open', reason: 'closed', resumed: null },
  ]);
  await settle();
  assert.equal(logged.length, 3);
});

test('a gap goes to the hub objects that subscribe to the channel', async () => {
  const { hub, stream } = await open();
  const other = connect(`/${count}`, { logger: {} });
  const seen: string[] = [];
  hub.addEventListener('gap', ({ detail }) => seen.push(`hub ${JSON.stringify(detail)}`));
  other.addEventListener('gap', () => seen.push('other'));
  hub.subscribe('a', () => {});
  other.subscribe('b', () => {});
  stream.raw([OP_GAP, 'a', [3, 'overflow'], OP_GAP, 'c', [null, 'worker']]);
  assert.deepEqual(seen, ['hub {"channel":"a","dropped":3,"cause":"overflow"}']);
});

test('an error goes to its listeners, and to the console where there is none', async (t) => {
  const { hub, stream } = await open();
  const console = t.mock.method(globalThis.console, 'error', () => {});
  const seen: string[] = [];
  const listener = ({ detail }: CustomEvent<Error>) => seen.push(detail.message);
  hub.addEventListener('error', listener);
  stream.raw([OP_ERROR, { code: 'NETWORK', detail: '' }, null]);
  await settle();
  assert.match(seen[0] ?? '', /^NETWORK: .*goes on trying/);
  assert.equal(console.mock.callCount(), 0);
  hub.removeEventListener('error', listener);
  stream.raw([OP_ERROR, { code: 'NETWORK', detail: '' }, null]);
  await settle();
  assert.equal(console.mock.callCount(), 1);
});

test('an error is not silenced by a listener that was there once, or that has ended', async (t) => {
  const { hub, stream } = await open();
  const console = t.mock.method(globalThis.console, 'error', () => {});
  const seen: string[] = [];
  const over = new AbortController();
  const listener = ({ detail }: CustomEvent<Error>) => seen.push(detail.message);
  hub.addEventListener('error', listener, { once: true });
  for (let n = 0; n < 2; n++) {
    stream.raw([OP_ERROR, { code: 'NETWORK', detail: '' }, null]);
    await settle();
  }
  hub.addEventListener('error', listener, { signal: over.signal });
  over.abort();
  stream.raw([OP_ERROR, { code: 'NETWORK', detail: '' }, null]);
  await settle();
  assert.deepEqual([seen.length, console.mock.callCount()], [1, 2]);
});

test('not joined: closed for good, subscriptions and iterators end with the error', async () => {
  const { hub, stream } = await open();
  const codes: string[] = [];
  hub.addEventListener('error', ({ detail }) => codes.push(detail.code));
  const sub = hub.subscribe('a', () => {});
  const reading = hub.events('b').next();
  const stats = hub.stats();
  const refusal = { code: 'STREAM_LIMIT', message: /http:\/\/app.test\/first.*maxStreamsPerOrigin/ };
  const rejected = Promise.all([
    assert.rejects(sub.ready, refusal),
    assert.rejects(reading, refusal),
    assert.rejects(stats, refusal),
  ]);
  stream.port.say({ t: 'detached', s: stream.s, code: 'STREAM_LIMIT', detail: 'http://app.test/first' });
  await rejected;
  assert.equal(hub.status, 'closed');
  assert.deepEqual(codes, ['STREAM_LIMIT']);
  assert.throws(() => hub.subscribe('a', () => {}), { code: 'CLOSED' });
});

test('stats are asked and answered', async () => {
  const { hub, stream } = await open();
  const stats = hub.stats();
  await settle();
  const { r } = stream.of('stats').at(-1) as { r: number };
  stream.port.say({ t: 'stats', r, stats: { tabs: 8 } });
  assert.deepEqual(await stats, { tabs: 8 });
});

test('close everywhere: every hub of the page is closed, the worker is answered, the promise waits for the others', async () => {
  const { hub, stream } = await open();
  const other = connect('/another');
  const reasons: string[] = [];
  for (const each of [hub, other]) each.addEventListener('status', ({ detail }) => reasons.push(detail.reason));
  const sub = other.subscribe('a', () => {});
  let resolved = false;
  const closing = hub.close({ everywhere: true }).then(() => {
    resolved = true;
  });
  await settle();
  stream.port.say({ t: 'ended', session: 5 });
  await settle();
  assert.deepEqual(reasons, ['everywhere', 'everywhere']);
  assert.deepEqual(stream.port.of('ended'), [{ t: 'ended', session: 5 }]);
  await assert.rejects(sub.ready, { code: 'CLOSED' });
  assert.equal(resolved, false);
  const { r } = stream.port.of('close-everywhere')[0] as { r: number };
  stream.port.say({ t: 'closed-everywhere', r });
  await closing;
  assert.equal(hub.status, 'closed');
});

test('stats() of a stream that the hub does not know rejects, and tells nobody else', async () => {
  const hub = connect('/unknown', { maxStreamsPerOrigin: 9 });
  const errors: string[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail.code));
  const stream = await welcome();
  const stats = hub.stats();
  stream.port.say({ t: 'error', s: stream.s, code: 'CLOSED', detail: '' });
  await assert.rejects(stats, { code: 'CLOSED' });
  assert.deepEqual(errors, []);
});
