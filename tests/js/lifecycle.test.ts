import './page.js';
import assert from 'node:assert/strict';
import test, { afterEach, beforeEach } from 'node:test';
import { connect } from '../../js/connect.js';
import {
  type FakeWorker,
  fakeDocument,
  locks,
  page,
  settle,
  stopClock,
  tick,
  transition,
  welcome,
  workers,
} from './page.js';

stopClock();
const last = () => workers.at(-1) as FakeWorker;
const WEBKIT = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15';
let count = 0;

beforeEach(() => {
  fakeDocument.hidden = false;
  page.refuse = undefined;
  page.silent = false;
});

// Every page is left with a worker that answers: one that looks for its worker goes on making ports.
afterEach(async () => {
  page.silent = false;
  await settle();
  for (const { port } of workers) {
    port.hangs = false;
    port.say({ t: 'welcome', v: 3, build: 'test', epoch: 7, gen: 0, href: 'http://app.test/assets/worker.js' });
  }
  await settle();
});

/** A page with a worker of its own, and what it tells. */
async function open({ lock = `worker:${++count}` as string | undefined } = {}) {
  const hub = connect('/s', { workerUrl: `/${++count}/worker.js` });
  const log: string[] = [];
  hub.addEventListener('status', ({ detail }) => log.push(`${detail.status} ${detail.reason}`));
  hub.addEventListener('error', ({ detail }) => log.push(detail.code));
  const heard: string[] = [];
  const sub = hub.subscribe('a', ({ data }) => heard.push(data), { replay: 4 });
  const stream = await welcome(lock ? { lock } : {});
  stream.ready(1);
  return { hub, stream, log, heard, sub, lock };
}

test('the worker dies: the same is made again, and told what this tab has had', async () => {
  const { stream, heard, lock, hub } = await open();
  stream.events(['a', '1', 'x'], ['b', null, 'y']);
  const first = last();
  hub.subscribe('later', () => {}, { replay: 2 });
  locks.free(lock as string);
  await settle();
  const second = last();
  assert.notEqual(first, second);
  assert.deepEqual([second.url, second.name], [first.url, first.name]);
  const [attach] = second.port.of('attach');
  assert.equal(second.port.of('hello')[0]?.tab, first.port.of('hello')[0]?.tab);
  assert.equal(attach?.term, 3);
  assert.deepEqual(attach?.position, { epoch: 7, seq: 2, id: '1', batch: 2 });
  assert.deepEqual(attach?.subs, [
    { sub: 1, channel: 'a', replay: 0, topic: undefined },
    { sub: 2, channel: 'later', replay: 2, topic: undefined },
  ]);
  assert.deepEqual(attach?.had, ['a', '1', 'x', 'b', '1', 'y']);
  // The successor counts its batches on, and its indexes from 0.
  const fresh = await welcome({ epoch: 8 });
  assert.ok(first.port.closed);
  fresh.raw([-1, 0, 'z', -1, 1, 'a', 1, '2', 'after']);
  assert.deepEqual(heard, ['x', 'after']);
});

test('what the worker had posted before it died is heard, though the grant of its lock has come first', async () => {
  const { stream, heard, lock } = await open();
  stream.events(['a', '1', 'x']);
  const before = workers.length;
  locks.free(lock as string);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(workers.length, before);
  stream.events(['a', '2', 'on its way']);
  await settle();
  assert.equal(workers.length, before + 1);
  assert.deepEqual(heard, ['x', 'on its way']);
  assert.equal(last().port.of('attach')[0]?.position?.id, '2');
});

test('who is sent on while it hears what a dead worker had posted joins once', async () => {
  const { stream, lock, hub } = await open();
  const before = workers.length;
  locks.free(lock as string);
  await new Promise((resolve) => setImmediate(resolve));
  stream.port.say({ t: 'rejoin' });
  await settle();
  assert.equal(workers.length, before + 1);
  await welcome({ epoch: 8 });
  assert.notEqual(hub.status, 'closed');
});

test('died is told: the same, once', async () => {
  const { stream, log } = await open();
  const before = workers.length;
  stream.port.say({ t: 'died', detail: 'src/x.rs:1' });
  await settle();
  assert.equal(workers.length, before);
  await tick(1000);
  assert.equal(workers.length, before + 1);
  await welcome({ epoch: 8 });
  assert.deepEqual(log, []);
});

test('without locks a worker that says that it dies is given a moment to end, and the other tabs are told', async () => {
  const heard: { t: string; epoch: number }[] = [];
  const others = new BroadcastChannel('tabmux');
  others.onmessage = ({ data }) => heard.push(data);
  const { stream } = await open({ lock: '' });
  const before = workers.length;
  stream.port.say({ t: 'died', detail: 'src/x.rs:1' });
  await tick(100);
  assert.equal(workers.length, before);
  await tick(100);
  assert.equal(workers.length, before + 1);
  await welcome({ epoch: 8 });
  assert.ok(heard.some(({ t, epoch }) => t === 'dead' && epoch === 7));
  others.close();
});

test('a worker that says nothing on any port for three seconds after a death is given up for another name', async () => {
  const { lock } = await open();
  page.silent = true;
  locks.free(lock as string);
  await settle();
  await tick(2500);
  assert.equal(last().name, 'tabmux');
  await tick(1500);
  assert.equal(last().name, 'tabmux:1');
});

test('a worker whose script runs but that does not answer is asked again', async () => {
  const { lock } = await open();
  locks.free(lock as string);
  await settle();
  const before = workers.length;
  await tick(4000);
  assert.equal(workers.length, before + 1);
  await welcome({ epoch: 8 });
  await tick(5000);
  assert.equal(workers.length, before + 1);
});

test('the third death within a minute is the end, until reconnect()', async () => {
  const { hub, lock, log, sub } = await open();
  locks.free(lock as string);
  await welcome({ lock: 'again', epoch: 8 });
  locks.free('again');
  await welcome({ lock: 'once more', epoch: 9 });
  const before = workers.length;
  locks.free('once more');
  await settle();
  await tick(1000);
  assert.equal(workers.length, before);
  assert.deepEqual(log, ['closed worker-died', 'WORKER_DIED']);
  await sub.ready;
  hub.reconnect();
  const stream = await welcome({ epoch: 10 });
  assert.equal(workers.length, before + 1);
  stream.status({ status: 'open' });
  assert.equal(hub.status, 'open');
});

test('a worker that the browser ended and runs anew on the same ports has not died of itself', async () => {
  const { lock, log, stream } = await open();
  let { port } = stream;
  let held = lock as string;
  for (let end = 1; end < 8; end++) {
    const before = workers.length;
    locks.free(held);
    await settle();
    port.say({ t: 'connected' });
    await settle();
    assert.equal(workers.length, before + 1);
    held = `${lock} ${end}`;
    ({ port } = await welcome({ lock: held, epoch: 7 + end }));
  }
  // At the third without a word it is waited for the word; the tab is where it was when it comes.
  for (const next of ['a', 'b']) {
    locks.free(held);
    held = `${lock} ${next}`;
    ({ port } = await welcome({ lock: held, epoch: 20 }));
  }
  const before = workers.length;
  locks.free(held);
  await settle();
  assert.equal(workers.length, before);
  port.say({ t: 'connected' });
  await welcome({ epoch: 21 });
  await tick(2000);
  assert.equal(workers.length, before + 1);
  assert.deepEqual(log, []);
});

test('a worker whose lock is free already may still take ports and answer: it dies once, and the next one is joined', async () => {
  const { lock, log } = await open();
  page.silent = true;
  let held = lock as string;
  for (const epoch of [8, 9]) {
    locks.free(held);
    await settle();
    for (let time = 0; time < 4; time++) {
      const { port } = last();
      port.say({ t: 'connected', lock: held });
      port.say({
        t: 'welcome',
        v: 3,
        build: 'test',
        epoch: epoch - 1,
        gen: 0,
        href: 'http://app.test/w.js',
        lock: held,
      });
      await settle();
      assert.equal(last().port, port, 'not at once: it may go on so for a while');
      // 100, 200, 400, 800 ms
      await tick(100 << time);
      assert.notEqual(last().port, port);
    }
    held = `${lock} ${epoch}`;
    last().port.say({ t: 'connected', lock: held });
    await welcome({ lock: held, epoch });
  }
  assert.deepEqual(log, []);
});

test('in WebKit a worker that ends without a word ends with its tab, however often: joined anew, at last each second', async (t) => {
  t.after(() => Object.assign(navigator, { userAgent: undefined }));
  Object.assign(navigator, { userAgent: WEBKIT });
  const { lock, log } = await open();
  let held = lock as string;
  for (let end = 1; end < 6; end++) {
    const before = workers.length;
    locks.free(held);
    await settle();
    assert.equal(workers.length, before + (end < 3 ? 1 : 0));
    await tick(end < 3 ? 0 : 1000);
    assert.equal(workers.length, before + 1);
    held = `${lock} ${end}`;
    await welcome({ lock: held, epoch: 7 + end });
  }
  assert.deepEqual(log, []);
  // One that says why is at fault there too.
  last().port.say({ t: 'died', detail: 'src/x.rs:1' });
  locks.free(held);
  await settle();
  await tick(1000);
  assert.deepEqual(log, ['closed worker-died', 'WORKER_DIED']);
});

test('in WebKit the error event of a script may be that of a tab that went while it loaded it: asked for anew for 2 s', async (t) => {
  t.after(() => Object.assign(navigator, { userAgent: undefined }));
  Object.assign(navigator, { userAgent: WEBKIT });
  page.silent = true;
  // While the page looks for its first worker, and while it looks for the next one.
  const errs = () => last().onerror?.();
  const workerUrl = `/${++count}/worker.js`;
  const first = connect('/s', { workerUrl });
  const codes: string[] = [];
  first.addEventListener('error', ({ detail }) => codes.push(detail.code));
  await settle();
  errs();
  await settle();
  const before = workers.length;
  await tick(1000);
  assert.deepEqual([workers.length, first.status], [before + 1, 'idle']);
  await welcome();
  const { lock, hub, log } = await open();
  locks.free(lock as string);
  await settle();
  for (const time of [100, 200, 400, 800]) {
    errs();
    await settle();
    assert.deepEqual(log, []);
    const port = last();
    await tick(time);
    assert.notEqual(last(), port);
  }
  // That makes 1.5 s; what fails for so long is not the others' affair.
  errs();
  await tick(1000);
  assert.deepEqual(log, []);
  errs();
  await settle();
  assert.deepEqual([hub.status, log], ['closed', ['closed worker-load', 'WORKER_LOAD']]);
  assert.deepEqual(codes, []);
  // One that does not load at all is told of within 5 s.
  const deaf = connect('/s', { workerUrl: `/${++count}/worker.js` });
  deaf.addEventListener('error', ({ detail }) => codes.push(detail.code));
  await settle();
  for (let n = 0; n < 2; n++) {
    errs();
    await tick(1000);
  }
  assert.deepEqual(codes, []);
  errs();
  await settle();
  assert.deepEqual([deaf.status, codes], ['closed', ['WORKER_LOAD']]);
  // Once the script has spoken its error is its own.
  page.silent = false;
  const other = connect('/s', { workerUrl: `/${++count}/worker.js` });
  other.addEventListener('error', ({ detail }) => codes.push(detail.code));
  await settle();
  errs();
  await settle();
  assert.deepEqual([other.status, codes.length], ['closed', 2]);
});

test('three unanswered pings in a visible page: the same again, then another generation at another URL', async () => {
  const { stream } = await open({ lock: undefined });
  const { url } = last();
  await tick(10_000);
  stream.port.hangs = true;
  await tick(25_000);
  assert.equal(last().port, stream.port);
  await tick(5000);
  assert.notEqual(last().port, stream.port);
  assert.deepEqual([last().url, last().name], [url, 'tabmux']);
  await tick(4000);
  assert.deepEqual([last().url, last().name], ['http://app.test/assets/worker.js?tabmux=1', 'tabmux:1']);
  await welcome({ epoch: 8, gen: 1 });
});

test('found dead by pings, but a worker of the same name answers: no other generation', async () => {
  const { stream } = await open({ lock: undefined });
  stream.port.hangs = true;
  await tick(30_000);
  const before = workers.length;
  await welcome({ epoch: 8 });
  await tick(20_000);
  assert.deepEqual([workers.length, last().name], [before, 'tabmux']);
});

test('a hidden page does not ping, and a late timer counts for nothing', async (t) => {
  const { stream } = await open({ lock: undefined });
  fakeDocument.hidden = true;
  fakeDocument.dispatchEvent(new Event('visibilitychange'));
  assert.equal(stream.port.of('visible').at(-1)?.visible, false);
  await tick(100_000);
  assert.equal(stream.port.of('ping').length, 0);
  fakeDocument.hidden = false;
  await tick(30_000);
  assert.equal(stream.port.of('ping').length, 3);
  // The machine sleeps for an hour: the timer comes late.
  stream.port.hangs = true;
  await tick(25_000);
  const later = Date.now() + 3_600_000;
  t.mock.method(Date, 'now', () => later);
  await tick(10_000);
  assert.equal(last().port, stream.port);
});

test('plain http: the tab that finds the worker dead tells the others, which do not wait for pings of their own', async () => {
  const heard: { t: string; epoch: number; of: string }[] = [];
  const others = new BroadcastChannel('tabmux');
  others.onmessage = ({ data }) => heard.push(data);
  const { stream, log } = await open({ lock: undefined });
  stream.port.hangs = true;
  await tick(30_000);
  await settle();
  const word = heard.find(({ t }) => t === 'dead');
  assert.equal(word?.epoch, 7);
  await welcome({ epoch: 8 });
  const after = workers.length;

  // Now as one of the others: of a worker that this tab has not, it is no news.
  others.postMessage({ ...word, epoch: 7 });
  await settle();
  assert.equal(workers.length, after);
  others.postMessage({ ...word, epoch: 8 });
  await settle();
  assert.equal(workers.length, after + 1);
  assert.equal(last().port.of('attach')[0]?.position?.epoch, 7);
  await welcome({ epoch: 9 });
  assert.deepEqual(log, []);
  others.close();
});

test('a stream that is left while the page sleeps is left as soon as it wakes', async () => {
  const { hub } = await open();
  const { s } = last().port.of('attach')[0] as { s: number };
  transition('pagehide', true);
  hub.close();
  transition('pageshow', true);
  await settle();
  last().port.say({ t: 'welcome', v: 3, build: 'test', epoch: 7, gen: 0, href: 'http://app.test/worker.js' });
  assert.deepEqual(last().port.of('detach'), [{ t: 'detach', s }]);
});

test('stats() in the task that connected does not overtake the attach', async () => {
  await open();
  const { url } = last();
  const again = connect('/other', { workerUrl: url, maxStreamsPerOrigin: 2 });
  again.stats().catch(() => {});
  await settle();
  const said = last().port.said.map((message) => (message as { t: string }).t);
  assert.ok(said.lastIndexOf('attach') < said.indexOf('stats'), said.join());
});

test('a script that is silent is asked for again, and what the last port is told counts', async () => {
  page.silent = true;
  const workerUrl = `/${++count}/worker.js`;
  const hub = connect('/s', { workerUrl });
  const errors: string[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail.code));
  await settle();
  const asked = () => workers.filter(({ url }) => url.endsWith(workerUrl));
  assert.equal(asked().length, 1);
  await tick(10_000);
  // Once each second; then it is merely slow.
  assert.equal(asked().length, 6);
  assert.deepEqual(
    asked().map(({ port }) => port.closed),
    [true, true, true, true, true, false],
  );
  assert.equal(asked().at(-1)?.port.of('attach').length, 1);
  for (const { onerror } of asked()) onerror?.();
  await settle();
  assert.deepEqual([hub.status, errors], ['closed', ['WORKER_LOAD']]);
});

test('a script that runs is not asked for again, however long its wasm takes', async () => {
  const workerUrl = `/${++count}/worker.js`;
  connect('/s', { workerUrl });
  await settle();
  await tick(10_000);
  assert.equal(workers.filter(({ url }) => url.endsWith(workerUrl)).length, 1);
  await welcome();
});

test('a worker that ends takes a port and says nothing: another is tried soon, and those whose timers are slow are told', async () => {
  const heard: { t: string; epoch: number; of: string }[] = [];
  const others = new BroadcastChannel('tabmux');
  others.onmessage = ({ data }) => heard.push(data);
  const { lock } = await open();
  page.silent = true;
  locks.free(lock as string);
  await settle();
  const before = workers.length;
  await tick(100);
  assert.equal(workers.length, before + 1);
  // Another tab was sooner: no timer is needed.
  const { of } = heard.at(-1) as { of: string };
  others.postMessage({ t: 'here', gen: 0, url: 'undefined', name: 'tabmux', epoch: 8, of });
  others.postMessage({ t: 'here', gen: 0, url: 'undefined', name: 'tabmux', epoch: 8, of });
  await settle();
  assert.equal(workers.length, before + 2);
  await welcome({ epoch: 8, lock: `worker:${++count}` });
  await settle();
  assert.deepEqual([heard.at(-1)?.t, heard.at(-1)?.epoch], ['here', 8], 'and this one tells those after it');
  others.close();
});

test('a ping is answered', async () => {
  const { stream } = await open();
  stream.port.say({ t: 'ping' });
  assert.equal(stream.port.of('pong').length, 1);
});

test('load-failed, an error event and an exception are WORKER_LOAD at once', async () => {
  const causes: ((worker: FakeWorker) => void)[] = [
    ({ port }) => port.say({ t: 'load-failed', code: 'WORKER_LOAD', detail: 'wasm-csp' }),
    ({ onerror }) => onerror?.(),
  ];
  const texts = [/wasm-unsafe-eval/, /npx tabmux init/];
  for (const [at, cause] of causes.entries()) {
    const hub = connect('/s', { workerUrl: `/${++count}/worker.js?v=1` });
    const errors: Error[] = [];
    hub.addEventListener('error', ({ detail }) => errors.push(detail));
    const sub = hub.subscribe('a', () => {});
    await settle();
    cause(last());
    await assert.rejects(sub.ready, { code: 'WORKER_LOAD', message: texts[at] });
    assert.equal(hub.status, 'closed');
    assert.match(errors[0]?.message ?? '', new RegExp(`/${count}/worker\\.js could not`));
    assert.equal(errors.length, 1);
  }
  page.refuse = new TypeError('This document requires TrustedScriptURL');
  const hub = connect('/s', { workerUrl: `/${++count}/worker.js` });
  const sub = hub.subscribe('a', () => {});
  hub.addEventListener('error', () => {});
  await assert.rejects(sub.ready, { code: 'WORKER_LOAD', message: /TrustedScriptURL/ });
});

test('a worker whose script runs anew on the same ports is a fresh one: all is said again, on a port of its own', async () => {
  const { stream, log, heard } = await open({ lock: undefined });
  stream.events(['a', '1', 'x']);
  const before = workers.length;
  stream.port.say({ t: 'connected' });
  assert.ok(stream.port.closed);
  const fresh = await welcome({ epoch: 8 });
  assert.equal(workers.length, before + 1);
  assert.deepEqual(fresh.of('attach')[0]?.position, { epoch: 7, seq: 2, id: '1', batch: 2 });
  fresh.raw([-1, 0, 'a', 0, '2', 'y']);
  assert.deepEqual([heard, log], [['x', 'y'], []]);
});

test('30 s without an answer are WORKER_LOAD; a new connect() tries again', async () => {
  const workerUrl = `/${++count}/worker.js`;
  const hub = connect('/s', { workerUrl });
  const codes: string[] = [];
  hub.addEventListener('error', ({ detail }) => codes.push(detail.code));
  await settle();
  await tick(29_000);
  assert.deepEqual([hub.status, codes], ['idle', []]);
  await tick(1000);
  assert.deepEqual([hub.status, codes], ['closed', ['WORKER_LOAD']]);
  const before = workers.length;
  connect('/s', { workerUrl });
  await welcome();
  assert.equal(workers.length, before + 1);
});

test('another protocol version is PROTOCOL_VERSION', async () => {
  const { stream, hub, log } = await open();
  stream.port.say({ t: 'refused', v: 3, build: '9.9.9' });
  await settle();
  assert.deepEqual(log, ['closed protocol-version', 'PROTOCOL_VERSION']);
  assert.equal(hub.status, 'closed');
});

test('rejoin: hello and attach again, with the position', async () => {
  const { stream, heard } = await open();
  stream.events(['a', '1', 'x']);
  stream.port.say({ t: 'rejoin' });
  const fresh = await welcome();
  assert.notEqual(fresh.port, stream.port);
  assert.deepEqual(fresh.of('attach')[0]?.position, { epoch: 7, seq: 2, id: '1', batch: 2 });
  fresh.raw([-1, 0, 'a', 0, '2', 'y']);
  assert.deepEqual(heard, ['x', 'y']);
});

test('move-to: the other worker hears the state, then the old port is closed', async () => {
  const { stream } = await open();
  stream.port.say({ t: 'move-to', url: '/next/worker.js', name: 'tabmux', gen: 0, state: 'opaque' });
  assert.equal(last().url, 'http://app.test/next/worker.js');
  assert.equal(stream.port.closed, false);
  await settle();
  assert.equal(last().port.of('hello')[0]?.state, 'opaque');
  assert.equal(stream.port.closed, true);
  await welcome({ epoch: 8 });
});

test('move-to another origin is refused', async () => {
  const { stream, log } = await open();
  const before = workers.length;
  stream.port.say({ t: 'move-to', url: 'http://evil.test/worker.js', name: 'tabmux', gen: 0, state: '' });
  await settle();
  assert.deepEqual([workers.length, log], [before, ['BAD_MESSAGE']]);
});

test('into the back/forward cache and out: position and a closed port, then the same tab again', async () => {
  const { stream } = await open();
  stream.events(['a', '1', 'x']);
  transition('pagehide', true);
  const [bye, ...others] = stream.port.of('bye');
  assert.equal(bye?.persisted, true);
  assert.deepEqual(others, []);
  assert.deepEqual(bye?.at, [stream.s, 2]);
  assert.ok(stream.port.closed);
  const before = locks.asked.length;
  transition('pageshow', true);
  const fresh = await welcome();
  // Held again before the hub waits for it again: an engine may have taken it from a page that sleeps.
  assert.ok(locks.asked.slice(before).includes(fresh.port.of('hello')[0]?.lock as string));
  assert.equal(fresh.port.of('hello')[0]?.tab, stream.port.of('hello')[0]?.tab);
  assert.equal(fresh.of('attach')[0]?.position?.batch, 2);
});

test('a page that goes for good says so', async () => {
  const { stream } = await open();
  transition('pagehide', false);
  // By more than one listener: an engine may cut one off.
  assert.deepEqual(
    stream.port.of('bye').map(({ persisted }) => persisted),
    [false, false, false, false],
  );
});

test('close everywhere is said to the successor of a worker that dies meanwhile', async () => {
  const { hub, lock } = await open();
  let isDone = false;
  const closing = hub.close({ everywhere: true }).then(() => {
    isDone = true;
  });
  await settle();
  locks.free(lock as string);
  await settle();
  const fresh = await welcome({ epoch: 9 });
  assert.ok(fresh.of('attach').length, 'its streams are there again');
  assert.equal(isDone, false);
  fresh.port.say({ t: 'closed-everywhere', r: fresh.port.of('close-everywhere')[0]?.r as number });
  await closing;
});

test('close everywhere that was said before the back/forward cache is not said after it', async () => {
  const { hub, stream } = await open();
  const closing = hub.close({ everywhere: true });
  await settle();
  assert.equal(stream.port.of('close-everywhere').length, 1);
  transition('pagehide', true);
  await closing;
  transition('pageshow', true);
  const back = await welcome();
  assert.deepEqual(back.port.of('close-everywhere'), []);
});

test('close everywhere rejects where no worker can be asked; what is subscribed to then is told', async () => {
  const { hub, stream } = await open();
  stream.port.say({ t: 'refused', build: '9' });
  await settle();
  await assert.rejects(hub.subscribe('later', () => {}).ready, { code: 'CLOSED', message: /reconnect/ });
  await assert.rejects(hub.close({ everywhere: true }), { code: 'PROTOCOL_VERSION' });
  assert.equal(hub.status, 'closed');
});
