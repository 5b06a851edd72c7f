/**
 * A page and its workers, as far as js/ can tell: `SharedWorker`, ports, Web Locks, document events and timers stand in.
 * A message to the page is delivered synchronously, so tests need no waiting but for promises. Import it before js/.
 */
import { mock } from 'node:test';
import type { Batch, FromHub, StatusUpdate, ToHub } from '../../js/protocol.js';
import { HEADER, OP_CHANNEL, OP_READY, OP_STATUS } from '../../js/protocol.js';

type Listener = (event: { data: unknown }) => void;

/** The page's end of a port, and what a test does at the worker's. */
export class FakePort {
  onmessage: Listener | null = null;
  closed = false;
  /** A worker that does not answer pings hangs. */
  hangs = false;
  /** All that the page has said. */
  readonly said: unknown[] = [];

  postMessage(message: unknown): void {
    if (this.closed) return;
    this.said.push(structuredClone(message));
    if ((message as ToHub).t === 'ping' && !this.hangs) this.say({ t: 'pong' });
  }

  close(): void {
    this.closed = true;
  }

  say(message: FromHub | Batch | unknown): void {
    if (!this.closed) this.onmessage?.({ data: message });
  }

  /** The messages of one type. */
  of<T extends ToHub['t']>(type: T): Extract<ToHub, { t: T }>[] {
    return this.said.filter((message): message is Extract<ToHub, { t: T }> => (message as ToHub).t === type);
  }

  get acks(): unknown[] {
    return this.said.filter(Array.isArray);
  }
}

export class FakeWorker {
  onerror: (() => void) | null = null;
  readonly port = new FakePort();
  readonly url: string;
  readonly name: string;

  constructor(url: string | URL, options: { name: string; type: string }) {
    if (page.refuse) throw page.refuse;
    this.url = String(url);
    this.name = options.name;
    workers.push(this);
    // The script, which runs before the wasm does.
    if (!page.silent) queueMicrotask(() => this.port.say({ t: 'connected' }));
  }
}

export const workers: FakeWorker[] = [];

interface Request {
  name: string;
  run: () => unknown;
}

class FakeLocks {
  readonly held = new Map<string, () => void>();
  readonly asked: string[] = [];
  private waiting: Request[] = [];

  async request(name: string, ...rest: unknown[]): Promise<unknown> {
    const run = rest.at(-1) as () => unknown;
    const { signal, ifAvailable } = (rest.length > 1 ? rest[0] : {}) as LockOptions;
    this.asked.push(name);
    if (this.held.has(name) && !ifAvailable)
      await new Promise<void>((resolve, reject) => {
        const request = { name, run: resolve };
        this.waiting.push(request);
        signal?.addEventListener('abort', () => {
          this.waiting = this.waiting.filter((other) => other !== request);
          reject(signal.reason);
        });
      });
    return run();
  }

  /** Answers from outside: what the worker has posted before comes in the meantime. */
  query(): Promise<unknown> {
    return new Promise((resolve) => setImmediate(resolve, {}));
  }

  /** Somebody else has it. */
  take(name: string): void {
    this.held.set(name, () => {});
  }

  free(name: string): void {
    this.held.delete(name);
    for (const { run } of this.waiting.filter((request) => request.name === name)) run();
    this.waiting = this.waiting.filter((request) => request.name !== name);
  }

  get waits(): string[] {
    return this.waiting.map(({ name }) => name);
  }
}

export const locks = new FakeLocks();
/** `refuse`: the constructor throws it; `silent`: no script runs. */
export const page = { refuse: undefined as unknown, silent: false };

class FakeDocument extends EventTarget {
  baseURI = 'http://app.test/dir/page.html';
  hidden = false;
}

export const fakeDocument = new FakeDocument();
const windowEvents = new EventTarget();

/** In Node an open channel keeps the process alive, which no page's does. */
class PageChannel extends BroadcastChannel {
  constructor(name: string) {
    super(name);
    (this as unknown as { unref(): void }).unref();
  }
}

export function installPage({ locks: withLocks = true } = {}): void {
  Object.assign(globalThis, {
    document: fakeDocument,
    location: new URL('http://app.test/dir/page.html'),
    SharedWorker: FakeWorker,
    BroadcastChannel: PageChannel,
    addEventListener: windowEvents.addEventListener.bind(windowEvents),
    dispatchEvent: windowEvents.dispatchEvent.bind(windowEvents),
  });
  Object.defineProperty(globalThis, 'navigator', { value: withLocks ? { locks } : {}, configurable: true });
}

/** `pagehide` or `pageshow`. */
export function transition(type: 'pagehide' | 'pageshow', persisted: boolean): void {
  windowEvents.dispatchEvent(Object.assign(new Event(type), { persisted }));
}

/** Lets all promises that can settle do so, chunks that are imported too. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The clock, `Date` included, stands still until `tick()`. `setImmediate` goes on, for `settle()`. */
export function stopClock(): void {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
}

/** Step by step, with promises in between as in life: a timer set by a timer counts from the end of its step. */
export async function tick(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    mock.timers.tick(Math.min(left, 100));
    await settle();
  }
}

/** The worker's end of one stream. */
export class FakeStream {
  private batch = 0;
  private seq = 0;
  private epoch: number;
  private readonly names: string[] = [];
  readonly port: FakePort;
  readonly s: number;

  constructor(port: FakePort, s: number, epoch = 7) {
    this.port = port;
    this.s = s;
    // A hub goes on where the page says it is.
    this.batch = port.of('attach').findLast((attach) => attach.s === s)?.position?.batch ?? 0;
    this.epoch = epoch;
  }

  /** What the page has said of this stream. */
  of<T extends ToHub['t']>(type: T): Extract<ToHub, { t: T }>[] {
    return this.port.of(type).filter((message) => (message as { s?: number }).s === this.s);
  }

  /** Sends a batch of entries as they are. */
  raw(entries: unknown[], { n = ++this.batch, id = '', asks = true } = {}): number {
    this.batch = n;
    const header = [this.s, n, this.epoch, ++this.seq, id, asks];
    if (header.length !== HEADER) throw new Error('header');
    this.port.say([...header, ...entries]);
    return n;
  }

  /** The index of a channel, with the entry that tells it where it is new. */
  index(name: string): [number, unknown[]] {
    const at = this.names.indexOf(name);
    if (at >= 0) return [at, []];
    return [this.names.push(name) - 1, [OP_CHANNEL, this.names.length - 1, name]];
  }

  events(...events: [channel: string, id: string | null, data: string][]): number {
    return this.raw(
      events.flatMap(([channel, id, data]) => {
        const [index, told] = this.index(channel);
        return [...told, index, id, data];
      }),
      { id: events.findLast(([, id]) => id !== null)?.[1] ?? '' },
    );
  }

  ready(...subs: number[]): void {
    this.raw(subs.flatMap((sub) => [OP_READY, sub, null]));
  }

  status(update: Partial<StatusUpdate>): void {
    this.raw([OP_STATUS, { status: 'open', reason: 'opened', resumed: null, failed: false, ...update }, null]);
  }
}

function sayWelcome(port: FakePort, how: { lock?: string; epoch: number; gen: number }): void {
  port.say({ t: 'welcome', v: 3, build: 'test', href: 'http://app.test/assets/worker.js', ...how });
}

/** All that a worker says on the first port up to an event of channel `a`, at once: the page has no code yet to hear it. */
export function sayEarly(data: string): FakePort {
  const { port } = workers[0] as FakeWorker;
  port.say({ t: 'connected', lock: '' });
  sayWelcome(port, { epoch: 7, gen: 0 });
  port.say({ t: 'attached', s: 1, term: 7 });
  const stream = new FakeStream(port, 1);
  stream.ready(1);
  stream.events(['a', '1', data]);
  return port;
}

/** Answers the newest worker's hello, and gives the stream that it was told of last. */
export async function welcome({
  lock,
  epoch = 7,
  gen = 0,
}: {
  lock?: string;
  epoch?: number;
  gen?: number;
} = {}): Promise<FakeStream> {
  await settle();
  const { port } = workers.at(-1) as FakeWorker;
  if (lock) locks.take(lock);
  sayWelcome(port, { epoch, gen, ...(lock && { lock }) });
  await settle();
  const attach = port.of('attach').at(-1);
  if (!attach) throw new Error('nothing attached');
  port.say({ t: 'attached', s: attach.s, term: 3 });
  return new FakeStream(port, attach.s, epoch);
}

/** Makes every sub of the attach ready. */
export function allReady(stream: FakeStream): void {
  const attach = stream.port.of('attach').find(({ s }) => s === stream.s);
  stream.ready(...(attach?.subs.map(({ sub }) => sub) ?? []), ...stream.port.of('sub').map(({ sub }) => sub));
}

installPage();

// Pings and the like are no reason to stay.
const { setTimeout } = globalThis;
globalThis.setTimeout = ((run: () => void, ms: number) => setTimeout(run, ms).unref()) as typeof globalThis.setTimeout;
