import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect } from '../../js/connect.js';
import { ChannelEvent } from '../../js/event.js';
import { OP_REPLAYED, OP_RUN } from '../../js/protocol.js';
import { join } from '../../js/run.js';
import { welcome } from './page.js';

let count = 0;
async function open(host = 'other.test') {
  const hub = connect(`http://${host}/${++count}?token=t`);
  const stream = await welcome();
  return { hub, stream };
}
const text = (event: ChannelEvent) => `${event.channel} ${event.id} ${event.data}`;

test('events reach their channel and *, in order, with the id they carry; then the batch is acknowledged', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  hub.subscribe('a', (event) => heard.push(`a: ${text(event)}`));
  hub.subscribe('*', (event) => heard.push(`*: ${text(event)}`));
  stream.ready(1, 2);
  const n = stream.events(['a', '7', 'one'], ['b', null, 'two'], ['a', '', 'three']);
  assert.deepEqual(heard, ['a: a 7 one', '*: a 7 one', '*: b 7 two', 'a: a  three', '*: a  three']);
  assert.deepEqual(stream.port.acks.at(-1), [stream.s, n]);
});

test('the event that stays has the shape of those that are handed out, which engines compile for', async () => {
  const { hub, stream } = await open();
  const heard: ChannelEvent[] = [];
  hub.subscribe('a', (event) => heard.push(event));
  stream.ready(1);
  stream.events(['a', '7', '{}']);
  setFlagsFromString('--allow-natives-syntax');
  const isAlike = new Function('one', 'other', 'return %HaveSameMap(one, other)');
  assert.ok(isAlike(heard[0], ChannelEvent.kept));
  assert.ok(!isAlike(heard[0], {}));
});

test('D-2: a batch that does not ask for it is not acknowledged', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  hub.subscribe('a', (event) => heard.push(text(event)));
  stream.ready(1);
  const [a, told] = stream.index('a');
  const n = stream.raw([...told, a, '7', 'one']);
  stream.raw([a, '8', 'two'], { asks: false });
  assert.deepEqual(heard, ['a 7 one', 'a 8 two']);
  assert.deepEqual(stream.port.acks.at(-1), [stream.s, n]);
});

test('a run is its events, in order, and the id goes on from there', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  hub.subscribe('*', (event) => heard.push(text(event)));
  stream.ready(1);
  const [a, toldA] = stream.index('a');
  const [b, toldB] = stream.index('b');
  const run = join([a, '7', 'one', b, '', '', a, '8', 'lines\nof it']);
  const n = stream.raw([...toldA, ...toldB, a, '6', 'first', OP_RUN, run, null, b, null, 'last']);
  assert.deepEqual(heard, ['a 6 first', 'a 7 one', 'b  ', 'a 8 lines\nof it', 'b 8 last']);
  assert.deepEqual(stream.port.acks.at(-1), [stream.s, n]);
});

test('origin is the stream, url has no query, lastEventId follows', async () => {
  const { hub, stream } = await open();
  let origin = '';
  hub.subscribe('a', (event) => {
    origin = event.origin;
    assert.equal(event.replayed, false);
  });
  stream.ready(1);
  stream.events(['a', 'id-1', 'x']);
  assert.equal(origin, 'http://other.test');
  assert.equal(hub.url, `http://other.test/${count}`);
  assert.equal(hub.lastEventId, 'id-1');
  assert.equal(hub.mode, 'shared-worker');
});

test('origin is that of its own stream where two take turns', async () => {
  const origins: string[] = [];
  const streams = [await open('one.test'), await open('two.test')].map(({ hub, stream }) => {
    hub.subscribe('a', ({ origin }) => origins.push(origin));
    stream.ready(1);
    return stream;
  });
  for (const stream of [...streams, ...streams]) stream.events(['a', '', 'x']);
  assert.deepEqual(origins, ['http://one.test', 'http://two.test', 'http://one.test', 'http://two.test']);
});

test('a subscription hears nothing live before it is ready, and what is replayed before that', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  hub.subscribe('a', (event) => heard.push(`${text(event)} ${event.replayed}`), { replay: 1 });
  const [index, told] = stream.index('a');
  stream.raw([...told, index, '1', 'early', OP_REPLAYED, 1, [index, '0', 'past'], -2, 1, null, index, '2', 'live']);
  assert.deepEqual(heard, ['a 0 past true', 'a 2 live false']);
});

test('leaving in the middle of a batch takes effect at once, joining there hears nothing of it', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  const one = hub.subscribe('a', () => {
    heard.push('one');
    two.unsubscribe();
    one.unsubscribe();
    hub.subscribe('a', () => heard.push('three'));
  });
  const two = hub.subscribe('a', () => heard.push('two'));
  stream.ready(1, 2);
  stream.events(['a', '1', 'x'], ['a', '2', 'y']);
  assert.deepEqual(heard, ['one']);
});

test('a handler that throws stops nobody, and is reported', async () => {
  const { hub, stream } = await open();
  const reported: unknown[] = [];
  globalThis.reportError = (error) => reported.push(error);
  const heard: string[] = [];
  hub.subscribe('a', () => {
    throw new Error('mine');
  });
  hub.subscribe('a', (event) => heard.push(event.data));
  stream.ready(1, 2);
  const n = stream.events(['a', '1', 'x'], ['a', '2', 'y']);
  assert.deepEqual(heard, ['x', 'y']);
  assert.equal((reported[0] as Error).message, 'mine');
  assert.deepEqual(stream.port.acks.at(-1), [stream.s, n]);
});

test('json is parsed once for all handlers', async () => {
  const { hub, stream } = await open();
  const seen: unknown[] = [];
  for (let i = 0; i < 2; i++) hub.subscribe('a', (event) => seen.push(event.json()));
  hub.subscribe('b', (event) => assert.throws(() => event.json(), SyntaxError));
  stream.ready(1, 2, 3);
  stream.events(['a', '1', '{"x":1}'], ['b', '2', 'no']);
  assert.deepEqual(seen, [{ x: 1 }, { x: 1 }]);
  assert.equal(seen[0], seen[1]);
});

test('a batch that was had is not handed out again, but acknowledged', async () => {
  const { hub, stream } = await open();
  let heard = 0;
  hub.subscribe('a', () => heard++);
  stream.ready(1);
  const n = stream.events(['a', '1', 'x']);
  stream.raw([0, '1', 'x'], { n });
  assert.equal(heard, 1);
  assert.deepEqual(stream.port.acks.slice(-2), [
    [stream.s, n],
    [stream.s, n],
  ]);
});

test('a channel may have any name', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  for (const name of ['__proto__', 'constructor', 'a b']) hub.subscribe(name, (event) => heard.push(event.channel));
  stream.ready(1, 2, 3);
  stream.events(['__proto__', '1', ''], ['constructor', '1', ''], ['a b', '1', '']);
  assert.deepEqual(heard, ['__proto__', 'constructor', 'a b']);
});

test('a malformed message is told and changes nothing', async () => {
  const { hub, stream } = await open();
  const errors: string[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail.code));
  const acks = stream.port.acks.length;
  for (const bad of [
    null,
    5,
    'text',
    {},
    { t: 'nonsense' },
    [stream.s],
    [stream.s, 0, 7, 1, '', 0],
    [stream.s, 9, 7, 1, '', 0, 1],
  ])
    stream.port.say(bad);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(errors, Array(8).fill('BAD_MESSAGE'));
  assert.equal(stream.port.acks.length, acks);
  assert.equal(hub.status, 'idle');
});

test('a run that is not what it says is told, and nothing of it is handed out', async () => {
  const { hub, stream } = await open();
  const errors: string[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail.code));
  const heard: string[] = [];
  hub.subscribe('*', (event) => heard.push(text(event)));
  stream.ready(1);
  const [a, told] = stream.index('a');
  const run = join([a, '1', 'x']);
  const [ends, whole] = run;
  for (const bad of [
    null,
    'text',
    whole,
    [[a, 1, 2], whole],
    [ends.slice(1), whole],
    [ends, `${whole}y`],
    [ends],
    join([]),
    [],
  ])
    stream.raw([...told, OP_RUN, bad, null]);
  stream.raw([OP_RUN, run, null, a, '2', 'after']);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(errors, Array(9).fill('BAD_MESSAGE'));
  assert.deepEqual(heard, ['a 1 x', 'a 2 after']);
});

test('a run is one also where its table is of another realm, as for code that a driver or an extension has loaded', async () => {
  const { hub, stream } = await open();
  const heard: string[] = [];
  hub.subscribe('*', (event) => heard.push(text(event)));
  stream.ready(1);
  const [a, told] = stream.index('a');
  stream.raw([...told, OP_RUN, [runInNewContext(`Uint32Array.of(${a}, 1, 2)`), '1x'], null]);
  assert.deepEqual(heard, ['a 1 x']);
});

test('names that nobody holds any more are let go of, those that an index means are not', async () => {
  const { hub, stream } = await open();
  const keep = hub.subscribe('kept', () => {});
  const { stream: inner } = hub as unknown as { stream: { channels: Map<string, unknown> } };
  for (let n = 0; n < 500; n++) {
    hub.subscribe(`c${n}`, () => {}).unsubscribe();
    // The hub uses an index again once its channel is let go.
    stream.raw([-1, 1, `c${n}`]);
  }
  assert.ok(inner.channels.size < 20, `${inner.channels.size}`);
  const heard: string[] = [];
  const again = hub.subscribe('c499', ({ data }) => heard.push(data));
  stream.ready(
    ...stream
      .of('sub')
      .slice(-1)
      .map(({ sub }) => sub),
  );
  stream.raw([1, 'id', 'by the index told before']);
  assert.deepEqual(heard, ['by the index told before']);
  keep.unsubscribe();
  again.unsubscribe();
});
