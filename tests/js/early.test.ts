import assert from 'node:assert/strict';
import test, { beforeEach, mock } from 'node:test';
import { early } from '../../js/early.js';

const URL = 'http://app.test/events';

/** The browser's, as far as a worker can tell: what the server does is the test's. */
class FakeEventSource extends EventTarget {
  readyState = 0;
  readonly url: string;
  readonly withCredentials: boolean;

  constructor(url: string, { withCredentials = false } = {}) {
    super();
    this.url = url;
    this.withCredentials = withCredentials;
    sources.push(this);
  }

  says(event: string, data: string, lastEventId = ''): void {
    if (this.readyState !== 2) this.dispatchEvent(new MessageEvent(event, { data, lastEventId }));
  }

  tells(type: 'open' | 'error', readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event(type));
  }

  close(): void {
    this.readyState = 2;
  }
}

let sources: FakeEventSource[] = [];
beforeEach(() => {
  sources = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  Object.assign(globalThis, { EventSource: FakeEventSource });
});

type Early = ReturnType<typeof early>;

class Port extends EventTarget {
  constructor({ keep }: Early) {
    super();
    this.addEventListener('message', keep);
    this.taken = () => this.removeEventListener('message', keep);
  }

  readonly taken: () => void;

  says(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

const attach = ({ options = {}, channels = ['a'], ...rest }: Record<string, unknown> = {}) => ({
  t: 'attach',
  s: 1,
  kind: 'channel',
  url: URL,
  options,
  subs: (channels as string[]).map((channel, sub) => ({ sub, channel, replay: 0 })),
  ...rest,
});

/** What the hub hears, which asks for `url` upon the first attach. */
function hub(it: Early, ports: Port[], { url = URL, withCredentials = false, names = ['a'] } = {}) {
  const heard: unknown[] = [];
  let source: EventSource | undefined;
  for (const port of ports) {
    port.taken();
    port.addEventListener('message', (event) => {
      const { data } = event as MessageEvent;
      heard.push(data.t);
      if (data.t !== 'attach' || source || !url) return;
      source = it.source(url, withCredentials);
      for (const name of ['open', 'error', ...names])
        source?.addEventListener(name, (event) =>
          heard.push([name, (event as MessageEvent).data, (event as MessageEvent).lastEventId, source?.readyState]),
        );
    });
  }
  it.tell();
  return { heard, source: source as unknown as FakeEventSource };
}

test('what pages and the server have said before the hub runs is told in order, once, and nothing is kept after', () => {
  const it = early();
  const [one, two] = [new Port(it), new Port(it)];
  one.says({ t: 'hello' });
  one.says(attach({ channels: ['a', '*'], options: { channels: ['b'], principal: 'p', transport: 'auto' } }));
  const [source] = sources as [FakeEventSource];
  source.tells('open', 1);
  source.says('a', 'x', '1');
  two.says({ t: 'hello' });
  source.says('b', 'y', '2');
  source.says('message', 'z');
  const { heard } = hub(it, [one, two], { names: ['a', 'b'] });
  assert.deepEqual(heard, [
    'hello',
    'attach',
    ['open', undefined, undefined, 1],
    ['a', 'x', '1', 1],
    'hello',
    ['b', 'y', '2', 1],
  ]);
  source.says('a', 'live', '3');
  assert.deepEqual(heard.splice(6), [['a', 'live', '3', 1]]);
  it.tell();
  assert.equal(heard.length, 6);
  assert.equal(sources.length, 1);
});

test('nothing is opened where the hub does something else first, or connects otherwise', () => {
  const others = [
    { options: { transport: 'fetch' } },
    { options: { headers: 'a,b' } },
    { options: { method: 'POST' } },
    { options: { body: 'x' } },
    { options: { asks: 1, key: 'k' } },
    { options: { resume: { persist: true } } },
    { options: { topics: { param: 'topic' } } },
    { position: { epoch: 1, seq: 1, id: '1', batch: 1 } },
    { channels: [] },
    { url: 'ftp://app.test/' },
    { url: 7 },
    { subs: 7 },
    { options: null, subs: undefined },
  ];
  for (const other of others) {
    const it = early();
    const port = new Port(it);
    port.says({ ...attach(other), ...(other as object) });
    assert.deepEqual(sources, [], JSON.stringify(other));
    assert.deepEqual(hub(it, [port], { url: '' }).heard, ['attach']);
  }
});

test('messages of any kind are kept', () => {
  const it = early();
  const port = new Port(it);
  const said = [null, 7, 'attach', [1, 2], { t: 'attach' }, { t: 'bye' }];
  for (const data of said) port.says(data);
  port.taken();
  const heard: unknown[] = [];
  port.addEventListener('message', (event) => heard.push((event as MessageEvent).data));
  it.tell();
  assert.deepEqual(heard, said);
  assert.equal(sources.length, 0);
});

test('a drop-in needs no listener', () => {
  const it = early();
  new Port(it).says(attach({ kind: 'drop-in', channels: [] }));
  assert.equal(sources.length, 1);
});

test('one that the hub does not ask for upon that attach is closed, and goes to no other stream', () => {
  for (const asked of [{ url: '' }, { url: `${URL}?lastEventId=7` }, { withCredentials: true }]) {
    const it = early();
    const port = new Port(it);
    port.says(attach());
    const ahead = sources.at(-1) as FakeEventSource;
    ahead.tells('open', 1);
    ahead.says('a', 'x', '1');
    const { heard, source } = hub(it, [port], asked);
    assert.deepEqual(heard, ['attach']);
    assert.equal(ahead.readyState, 2);
    assert.notEqual(source, ahead);
    assert.notEqual(it.source(URL, false), ahead);
  }
  const it = early();
  const [one, two] = [new Port(it), new Port(it)];
  one.says(attach());
  const ahead = sources.at(-1) as FakeEventSource;
  two.says(attach());
  // The first is refused.
  const { source } = hub(it, [two]);
  assert.equal(ahead.readyState, 2);
  assert.notEqual(source, ahead);
});

test('a refusal is told as it is; what tries again by itself is left, and made anew', () => {
  const it = early();
  const port = new Port(it);
  port.says(attach());
  const refused = sources.at(-1) as FakeEventSource;
  refused.tells('error', 2);
  assert.deepEqual(hub(it, [port]).heard, ['attach', ['error', undefined, undefined, 2]]);
  assert.equal(sources.length, 1);

  const again = early();
  const other = new Port(again);
  other.says(attach());
  const [, lost] = sources as [unknown, FakeEventSource];
  lost.tells('open', 1);
  lost.says('a', 'x', '1');
  lost.tells('error', 0);
  assert.equal(lost.readyState, 2);
  const { heard, source } = hub(again, [other]);
  assert.deepEqual(heard, ['attach']);
  assert.deepEqual([sources.length, source.readyState], [3, 0]);
});

test('a burst before the hub runs does not grow without bound', () => {
  const it = early();
  const port = new Port(it);
  port.says(attach());
  const [source] = sources as [FakeEventSource];
  for (let n = 1; n <= 2000; n++) source.says('a', 'x', `${n}`);
  assert.equal(source.readyState, 2);
  assert.deepEqual(hub(it, [port]).heard, ['attach']);
  assert.equal(sources.length, 2);
});

test('what is subscribed to meanwhile, in any tab, is heard from then on as if it had been there at first', () => {
  const later: Record<string, [options: object, Record<string, unknown>]> = {
    sub: [{}, { t: 'sub', s: 1, sub: 2, channel: 'b', replay: 0 }],
    attach: [{}, attach({ channels: ['b'] })],
    channels: [{}, attach({ options: { channels: ['b'] } })],
    heartbeat: [{ heartbeat: { event: 'b' } }, { t: 'ping' }],
    nonsense: [{ channels: ['b'] }, { t: 'attach', subs: [null] }],
  };
  for (const [how, [options, message]] of Object.entries(later)) {
    sources = [];
    const it = early();
    const [one, two] = [new Port(it), new Port(it)];
    one.says(attach({ options }));
    two.says(message);
    two.says(null);
    const [source] = sources as [FakeEventSource];
    source.tells('open', 1);
    source.says('b', 'snapshot', '1');
    source.says('a', 'x', '2');
    const { heard } = hub(it, [one], { names: ['a', 'b'] });
    assert.deepEqual(
      heard,
      ['attach', ['open', undefined, undefined, 1], ['b', 'snapshot', '1', 1], ['a', 'x', '2', 1]],
      how,
    );
  }
});

test('a hub that never runs leaves no connection open', () => {
  const it = early();
  new Port(it).says(attach());
  const [source] = sources as [FakeEventSource];
  mock.timers.tick(29_999);
  assert.equal(source.readyState, 0);
  mock.timers.tick(1);
  assert.equal(source.readyState, 2);
});

test('an event that the server has named error is an event', () => {
  const it = early();
  const port = new Port(it);
  port.says(attach());
  const [source] = sources as [FakeEventSource];
  source.tells('open', 1);
  source.says('error', 'x', '1');
  assert.equal(source.readyState, 1);
  assert.deepEqual(hub(it, [port]).heard, ['attach', ['open', undefined, undefined, 1], ['error', 'x', '1', 1]]);
});

test('where a tab has a position, of another worker, the hub says from where to go on', () => {
  const it = early();
  const [one, two] = [new Port(it), new Port(it)];
  one.says(attach());
  two.says(attach({ position: { epoch: 1, seq: 3, id: '3' } }));
  assert.equal(sources[0]?.readyState, 2);
  assert.deepEqual(hub(it, [one, two]).heard, ['attach', 'attach']);
});

test('a line separator in an option hides nothing that stands behind it', () => {
  const options = { channels: ['\u2028'], topics: { param: 't' } };
  new Port(early()).says(attach({ options }));
  assert.deepEqual(sources, []);
});

test('where the wasm does not load nothing stays open', () => {
  const it = early();
  new Port(it).says(attach());
  it.drop();
  assert.equal(sources[0]?.readyState, 2);
});

test('without an EventSource, or where it takes no such URL, the hub is told so', () => {
  Object.assign(globalThis, {
    EventSource: class {
      constructor() {
        throw new DOMException('', 'SyntaxError');
      }
    },
  });
  const it = early();
  const port = new Port(it);
  port.says(attach());
  assert.equal(hub(it, [port]).source, undefined);
});
