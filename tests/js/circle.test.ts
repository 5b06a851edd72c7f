import './page.js';
import assert from 'node:assert/strict';
import test, { after, beforeEach } from 'node:test';
import { connect } from '../../js/connect.js';
import { OP_AIRED, OP_CIRCLE, OP_RUN } from '../../js/protocol.js';
import { join } from '../../js/run.js';
import { SharedEventSource } from '../../js/shared-event-source.js';
import {
  type FakeStream,
  type FakeWorker,
  fakeDocument,
  locks,
  settle,
  stopClock,
  tick,
  transition,
  welcome,
  workers,
} from './page.js';

stopClock();
// The queue of tasks of the drop-in has an open port, which Node stays for.
after(() => setImmediate(() => process.exit()));

/** The page's end of a channel; what the worker and other pages say there is the test's. */
class Air {
  static all: Air[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly said: unknown[] = [];
  readonly name: string;
  closed = false;
  /** How often what was heard has been looked at. */
  reads = 0;

  constructor(name: string) {
    this.name = name;
    // The other one is the page's own affair (radio.ts).
    if (name !== 'tabmux') Air.all.push(this);
  }

  postMessage(message: unknown): void {
    this.said.push(message);
  }

  close(): void {
    this.closed = true;
  }

  says(data: unknown): void {
    const read = () => {
      this.reads++;
      return structuredClone(data);
    };
    if (!this.closed)
      this.onmessage?.({
        get data() {
          return read();
        },
      });
  }
}
Object.assign(globalThis, { BroadcastChannel: Air });
beforeEach(() => {
  Air.all = [];
});

const last = () => workers.at(-1) as FakeWorker;
let count = 0;

async function open({ lock = '' } = {}) {
  const hub = connect('/s', { workerUrl: `/circle${++count}/worker.js` });
  const heard: string[] = [];
  const errors: string[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail.code));
  hub.subscribe('*', ({ data }) => heard.push(data));
  const stream = await welcome(lock ? { lock } : {});
  stream.ready(1);
  const { port } = stream;
  return { hub, stream, heard, errors, port };
}

/** One that listens already. */
async function member(options = {}) {
  const it = await open(options);
  const [a, told] = it.stream.index('a');
  it.stream.raw([...told, OP_CIRCLE, 1, 'circle']);
  return { ...it, a, air: Air.all[0] as Air };
}

/** A run of the channel with index 0, and what it says. */
const run = (...data: string[]) => join(data.flatMap((text, n) => [0, `${n}`, text]));
const aired = (number: unknown) => [OP_AIRED, number, null];

test('a circle adds no field to the stream: what was compiled for its shape stays', async () => {
  const { hub, stream, heard } = await open();
  const [, told] = stream.index('a');
  stream.raw([...told, OP_RUN, run('x'), null]);
  const { stream: own } = hub as unknown as { stream: object };
  const before = Object.keys(own);
  stream.raw([OP_CIRCLE, 1, 'circle']);
  (Air.all[0] as Air).says([7, run('y')]);
  stream.raw(aired(7));
  assert.deepEqual(heard, ['x', 'y']);
  assert.deepEqual(Object.keys(own), before);
});

test('who is invited listens, says its key once, and nothing is opened before', async () => {
  const { stream } = await open();
  assert.equal(Air.all.length, 0);
  stream.raw([OP_CIRCLE, 41, 'circle']);
  const [air] = Air.all as [Air];
  assert.deepEqual([air.name, air.said, air.closed, Air.all.length], ['circle', [41], false, 1]);
});

test('a batch waits for the run that it names, and is acknowledged then', async () => {
  const { stream, heard, air, port } = await member();
  const acks = port.acks.length;
  stream.raw(aired(1));
  assert.deepEqual([heard, port.acks.length], [[], acks]);
  air.says([1, run('x', 'y')]);
  assert.deepEqual([heard, port.acks.length], [['x', 'y'], acks + 1]);
});

test('a run that came before its batch is not looked at until then', async () => {
  const { stream, heard, air, port } = await member();
  const acks = port.acks.length;
  air.says([1, run('x')]);
  assert.deepEqual([heard, air.reads], [[], 0]);
  stream.raw(aired(1));
  assert.deepEqual([heard, air.reads, port.acks.length], [['x'], 1, acks + 1]);
  stream.raw([0, '9', 'y']);
  assert.equal(air.reads, 1);
});

test('several runs in a message, in a batch, and both in parts; one that is not named is passed over', async () => {
  const { stream, heard, air } = await member();
  stream.raw([...aired(1), 0, '8', 'by itself', ...aired(2), OP_RUN, run('by the port'), null, ...aired(4)]);
  air.says([1, run('one'), 2, run('two'), 3, run('for others')]);
  assert.deepEqual(heard, []);
  air.says([4, run('four')]);
  assert.deepEqual(heard, ['one', 'by itself', 'two', 'by the port', 'four']);
  air.says([5, run('five'), 6, run('six')]);
  stream.raw(aired(5));
  stream.raw(aired(6));
  assert.deepEqual(heard.slice(-2), ['five', 'six']);
});

test('what comes behind a batch that waits waits too, of all streams of the page', async () => {
  const { hub, stream, heard, air, port } = await member();
  const other = connect('/other', { workerUrl: `/circle${count}/worker.js` });
  other.subscribe('b', ({ data }) => heard.push(data));
  await settle();
  const { s } = port.of('attach').at(-1) as { s: number };
  port.say({ t: 'attached', s, term: 3 });
  port.say([s, 1, 7, 1, '', true, -1, 0, 'b', -2, 1, null]);
  stream.raw(aired(1));
  port.say([s, 2, 7, 2, '', true, 0, '1', 'other']);
  stream.raw([0, '7', 'behind']);
  stream.raw(aired(2));
  assert.deepEqual(heard, []);
  air.says([1, run('x')]);
  assert.deepEqual(heard, ['x', 'other', 'behind']);
  air.says([2, run('y')]);
  assert.deepEqual(heard, ['x', 'other', 'behind', 'y']);
  assert.deepEqual(port.acks.slice(-4), [
    [stream.s, 3],
    [s, 2],
    [stream.s, 4],
    [stream.s, 5],
  ]);
  hub.close();
});

test('messages that are no batches do not wait', async () => {
  const { hub, stream, heard, air, port } = await member();
  stream.raw(aired(1));
  const stats = hub.stats();
  await settle();
  const { r } = port.of('stats')[0] as { r: number };
  port.say({ t: 'stats', r, stats: { tabs: 3 } });
  assert.equal((await stats).tabs, 3);
  port.say({ t: 'ping' });
  assert.equal(port.of('pong').length, 1);
  assert.deepEqual(heard, []);
  air.says([1, run('x')]);
  assert.deepEqual(heard, ['x']);
});

test('nothing of a session that ended while a batch waited is shown; nothing is listened to any more', async () => {
  const { hub, stream, heard, air, port } = await member();
  stream.raw(aired(1));
  port.say({ t: 'ended', session: 1 });
  air.says([1, run('x')]);
  await tick(6000);
  assert.deepEqual([heard, hub.status, air.closed, port.closed], [[], 'closed', true, false]);
});

/** A member that waits with a batch for what it has not heard; one of another stream waits behind it. */
async function waiting() {
  const page = await member();
  const { stream, heard, port } = page;
  const other = connect('/other', { workerUrl: `/circle${count}/worker.js` });
  other.subscribe('b', ({ data }) => heard.push(data));
  await settle();
  const { s } = port.of('attach').at(-1) as { s: number };
  port.say([s, 1, 7, 1, '', true, -1, 0, 'b', -2, 1, null]);
  stream.raw(aired(1));
  port.say([s, 2, 7, 2, '', true, 0, '1', 'other']);
  return page;
}

test('a stream that is taken from the page is listened to no more, and what waited behind it goes on', async () => {
  const { stream, heard, air, port } = await waiting();
  port.say({ t: 'detached', s: stream.s, code: 'CLOSED', detail: '', reason: 'principal-changed' });
  await settle();
  assert.deepEqual([heard, air.closed], [['other'], true]);
  await tick(6000);
  assert.equal(port.closed, false);
});

test('who leaves the stream listens no more, and what waited behind it goes on', async () => {
  const { hub, heard, air, port } = await waiting();
  hub.close();
  await settle();
  assert.deepEqual([heard, air.closed], [['other'], true]);
  await tick(6000);
  assert.equal(port.closed, false);
});

test('who leaves the stream by a handler of the batch that invites does not listen', async () => {
  const { hub, stream } = await open();
  hub.subscribe('a', () => hub.close());
  stream.ready(2);
  const [a, told] = stream.index('a');
  stream.raw([...told, a, '1', 'x', OP_CIRCLE, 1, 'circle']);
  assert.deepEqual(Air.all, []);
});

test('asleep: a run may come, its batch is handed out once the session is known to go on', async () => {
  const { stream, heard, air, port } = await member();
  port.hangs = true;
  stream.raw(aired(1));
  fakeDocument.dispatchEvent(new Event('freeze'));
  air.says([1, run('x')]);
  assert.deepEqual(heard, []);
  stream.raw(aired(2));
  port.say({ t: 'pong' });
  assert.deepEqual(heard, ['x']);
  air.says([2, run('y')]);
  assert.deepEqual(heard, ['x', 'y']);
});

test('a sleep does not count as a wait in vain', async (t) => {
  const { stream, heard, air, port } = await member();
  port.hangs = true;
  stream.raw(aired(1));
  await tick(4000);
  // The machine sleeps, and of all that is due when it wakes the timer is first.
  const { now } = Date;
  t.mock.method(Date, 'now', () => now() + 60_000);
  await tick(1500);
  assert.deepEqual([port.closed, port.of('ping').length], [false, 1]);
  port.say({ t: 'pong' });
  // From here on it is waited for anew.
  await tick(4500);
  assert.equal(port.closed, false);
  air.says([1, run('x')]);
  assert.deepEqual(heard, ['x']);
  await tick(6000);
  assert.equal(port.closed, false);
});

test('who wakes waits for 5 s, not for ever', async () => {
  const { stream, port } = await member();
  port.hangs = true;
  stream.raw(aired(1));
  fakeDocument.dispatchEvent(new Event('freeze'));
  // It asks as its first timer runs.
  await tick(5000);
  assert.equal(port.of('ping').length, 1);
  port.say({ t: 'pong' });
  await tick(4900);
  assert.equal(port.closed, false);
  await tick(200);
  assert.equal(port.closed, true);
  await welcome();
});

test('a run that does not come within 5 s: the page joins anew from where it was, and is deaf from then on', async () => {
  const { stream, heard, air, port } = await member();
  stream.raw([0, '1', 'before']);
  stream.raw(aired(1));
  stream.raw([0, '3', 'behind']);
  // Whatever else is said there is no reason to wait for longer.
  for (let time = 0; time < 48; time++) {
    await tick(100);
    air.says(`key ${time}`);
  }
  assert.equal(port.closed, false);
  await tick(300);
  assert.deepEqual([port.closed, air.closed, heard], [true, true, ['before']]);
  const [attach] = last().port.of('attach');
  assert.deepEqual([attach?.position?.batch, attach?.position?.id, attach?.had], [3, '', ['a', '1', 'before']]);
  const again = await welcome();
  const [a, told] = again.index('a');
  again.raw([...told, OP_RUN, run('by', 'port'), null, OP_CIRCLE, 2, 'another']);
  again.raw([a, '4', 'more']);
  assert.deepEqual(heard, ['before', 'by', 'port', 'more']);
  assert.equal(Air.all.length, 1);
  await tick(6000);
  assert.equal(again.port.closed, false);
});

test('each batch has its own 5 s', async () => {
  const { stream, heard, air, port } = await member();
  stream.raw(aired(1));
  stream.raw(aired(2));
  await tick(4000);
  air.says([1, run('x')]);
  await tick(4000);
  assert.equal(port.closed, false);
  air.says([2, run('y')]);
  await tick(6000);
  assert.deepEqual([heard, port.closed], [['x', 'y'], false]);
});

test('what is named without an invitation is waited for as well, and then asked for again', async () => {
  const { stream, heard, port } = await open();
  stream.raw(aired(1));
  await tick(5100);
  assert.deepEqual([heard, port.closed], [[], true]);
  await welcome();
});

test('a second invitation replaces the first', async () => {
  const { stream, heard, air } = await member();
  air.says([1, run('of the first')]);
  stream.raw([OP_CIRCLE, 2, 'next']);
  const [, next] = Air.all as [Air, Air];
  assert.deepEqual([air.closed, next.name, next.said], [true, 'next', [2]]);
  stream.raw(aired(1));
  assert.deepEqual(heard, []);
  next.says([1, run('of the second')]);
  assert.deepEqual(heard, ['of the second']);
});

test('in the back/forward cache nothing is listened to, nor kept; the page is invited anew', async () => {
  const { hub, stream, heard, air, port } = await member();
  air.says([1, run('unnamed')]);
  stream.raw(aired(2));
  transition('pagehide', true);
  assert.deepEqual([air.closed, port.closed], [true, true]);
  assert.equal((hub as unknown as { stream: { circle: unknown } }).stream.circle, undefined);
  transition('pageshow', true);
  await settle();
  const again = await welcome();
  const [, told] = again.index('a');
  again.raw([...told, OP_RUN, run('lost in flight'), null, OP_CIRCLE, 2, 'again']);
  const back = Air.all[1] as Air;
  again.raw(aired(3));
  assert.deepEqual([heard, back.said], [['lost in flight'], [2]]);
  back.says([3, run('live')]);
  assert.deepEqual(heard, ['lost in flight', 'live']);
});

test('the worker dies: its channel is closed, what it named comes from the next one', async () => {
  const lock = `circle:${++count}`;
  const { stream, heard, air } = await member({ lock });
  stream.raw(aired(1));
  locks.free(lock);
  await settle();
  assert.ok(air.closed);
  assert.equal(last().port.of('attach')[0]?.position?.batch, 2);
  const fresh = await welcome({ epoch: 8 });
  air.says([1, run('late')]);
  const [a, told] = fresh.index('a');
  fresh.raw([...told, a, '1', 'from the next']);
  assert.deepEqual(heard, ['from the next']);
});

test('who moves to another worker, or is given up, listens no more', async () => {
  const moved = await member();
  moved.port.say({ t: 'move-to', url: '/assets/worker.js?tabmux=1', name: 'tabmux:1', gen: 1, state: '' });
  await settle();
  assert.ok(moved.air.closed);
  await welcome({ gen: 1 });
  Air.all = [];
  const { air, port, stream, errors } = await member();
  stream.raw(aired(1));
  port.say({ t: 'refused', v: 9, build: 'x' });
  await settle();
  await tick(6000);
  assert.deepEqual([air.closed, errors], [true, ['PROTOCOL_VERSION']]);
});

test('whatever else is said on the channel changes nothing', async () => {
  const { stream, heard, errors, air, port } = await member();
  const [ends, text] = run('bad');
  const garbage = [1, 2 ** 53, 'text', null, undefined, {}, [], [1], [1, null], ['1', run('no')], [[1, run('no')]]];
  for (const said of garbage) air.says(said);
  air.says([1, [ends, `${text}y`], 2, 'x', 3, [null, ''], 4, run('four')]);
  stream.raw(aired(4));
  assert.deepEqual([heard, errors], [['four'], []]);
  stream.raw(aired(5));
  for (const said of garbage) air.says(said);
  air.says([5, [ends, `${text}y`]]);
  assert.deepEqual([heard, errors], [['four'], []]);
  air.says([5, run('five')]);
  assert.deepEqual([heard, errors, port.closed], [['four', 'five'], [], false]);
});

test('what is named twice is handed out twice: the numbers are the hub’s affair', async () => {
  const { stream, heard, air } = await member();
  air.says([1, run('x'), 2, run('y')]);
  stream.raw([...aired(1), ...aired(1), ...aired(2)]);
  assert.deepEqual(heard, ['x', 'x', 'y']);
});

test('a page without BroadcastChannel listens to nothing', async (t) => {
  Object.assign(globalThis, { BroadcastChannel: undefined });
  t.after(() => Object.assign(globalThis, { BroadcastChannel: Air }));
  const { stream, heard, errors } = await open();
  const [a, told] = stream.index('a');
  stream.raw([...told, OP_CIRCLE, 1, 'circle']);
  stream.raw([OP_RUN, run('x'), null, a, '2', 'y']);
  assert.deepEqual([heard, errors, Air.all], [['x', 'y'], [], []]);
});

test('what was heard before a run that is named is let go of with it', async () => {
  const { hub, stream, heard, air } = await member();
  type Kept = { stream: { circle: { heard: unknown[]; runs: Map<number, unknown> } } };
  const { circle } = (hub as unknown as Kept).stream;
  for (let number = 1; number < 1000; number++) {
    air.says([number, run(`${number}`)]);
    if (number % 10 === 0) stream.raw(aired(number));
    assert.ok(circle.heard.length < 10, 'not named yet');
    assert.equal(circle.runs.size, 0);
  }
  assert.equal(heard.length, 99);
});

test('the events of such a run are told to the next worker', async () => {
  const { stream, air, port } = await member();
  air.says([1, run('x', 'y')]);
  stream.raw([...aired(1), 0, null, 'z']);
  port.say({ t: 'rejoin' });
  await settle();
  assert.deepEqual(last().port.of('attach')[0]?.had, ['a', '0', 'x', 'a', '1', 'y', 'a', '1', 'z']);
  await welcome();
});

test('a drop-in dispatches in order what waited, and acknowledges after its last task', async () => {
  const source = new SharedEventSource(`/drop-in${++count}`);
  const heard: unknown[] = [];
  source.addEventListener('a', ({ data }) => heard.push(data));
  const stream: FakeStream = await welcome();
  stream.ready(1);
  const [a, told] = stream.index('a');
  stream.raw([...told, OP_CIRCLE, 1, 'circle']);
  const air = Air.all.at(-1) as Air;
  await settle();
  const acks = stream.port.acks.length;
  stream.raw(aired(1));
  stream.raw([a, '2', 'z']);
  air.says([1, run('x', 'y')]);
  assert.equal(stream.port.acks.length, acks);
  await settle();
  await settle();
  assert.deepEqual([heard, stream.port.acks.length], [['x', 'y', 'z'], acks + 2]);
  source.close();
  await settle();
  assert.ok(air.closed);
});
