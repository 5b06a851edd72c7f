import { attach } from './attach.js';
import { TabmuxError } from './errors.js';
import type { ChannelEvent } from './event.js';
import { runtime } from './link.js';
import { nativeEventSource } from './native.js';
import { type Rule, subscribeOptions, take } from './options.js';
import type { StatusUpdate } from './protocol.js';
import type { Owner, Stream } from './stream.js';
import { createSubscription, type Sub } from './subscription.js';
import { hold, task } from './tasks.js';
import type { Status } from './types.js';

/** What `new SharedEventSource()` takes beside EventSource's own. */
export interface SharedEventSourceInit {
  /** Send cookies to another origin. Default false. */
  withCredentials?: boolean | undefined;
  /** Who is signed in, as an opaque text; `null` (the default) for a public stream. Never shared between two. */
  principal?: string | null | undefined;
  /**
   * How many past events of each type a listener is to get first. Default 0. For streams that send a snapshot on
   * connecting: a later instance joins a connection that has had it already.
   */
  replay?: number | undefined;
  /** Close wherever the browser's EventSource does, also on 429 and 5xx. Default false: those are tried again. */
  strict?: boolean | undefined;
  /** `false`: a connection of its own, which is to say the browser's EventSource itself. Default true. */
  shared?: boolean | undefined;
}

const INIT: Rule = { principal: 'string or null', strict: 'boolean' };

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** A listener as `addEventListener` tells them apart. */
interface Listener {
  type: string;
  listener: EventListenerOrEventListenerObject;
  capture: boolean;
  once: boolean;
}

type Handler = ((this: EventSource, event: never) => unknown) | null;

/** Streams to one http: origin from which on a warning is due: two more and HTTP/1.1's six connections are used up. */
const MANY = 4;
const warned = new Set<string>();

/**
 * EventSource (WHATWG HTML, "Server-sent events"), one connection for all tabs: change the word and nothing else.
 *
 * Differences: `isTrusted` is false; 429 and 5xx are tried again, and from another origin every refusal, since EventSource
 * does not show its status to the hub; an instance that joins an open connection makes no request; a new connection carries the last event id in the query
 * (`lastEventId`); an event over 16 Mi units of data, and one that a server names `*`, is not heard.
 *
 * @throws DOMException `SyntaxError` where the URL does not parse
 * @throws TabmuxError `BAD_OPTION`; `UNSUPPORTED` where the browser has no SharedWorker
 */
export class SharedEventSource extends EventTarget implements EventSource {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSED = CLOSED;

  declare readonly url: string;
  declare readonly withCredentials: boolean;

  private state: number = CONNECTING;
  private stream: Stream | undefined;
  private replay = 0;
  private listeners: Listener[] = [];
  private readonly subs = new Map<string, Sub>();
  private readonly handlers = new Map<string, { handler: Handler; listener: (event: Event) => void }>();
  private readonly owner: Owner = {
    over: false,
    changed: (update, previous) => this.changed(update, previous),
    // EventSource knows neither gaps nor reasons. What mends itself is told by `error` events; the rest is for people.
    tell: () => {},
    fail: (error) => {
      if (!/NETWORK|HTTP/.test(error.code)) console.error(error);
    },
  };

  constructor(url: string | URL, init?: SharedEventSourceInit | null) {
    super();
    init ??= {};
    const { principal, strict } = init;
    const options = take('init', { principal, strict }, INIT) as Record<string, unknown>;
    const { replay = 0 } = subscribeOptions({ replay: init.replay });
    this.replay = replay;
    const withCredentials = !!init.withCredentials;
    // Own properties would be writable, which EventSource's are not.
    const fixed = (name: string, value: unknown) => Object.defineProperty(this, name, { value, enumerable: true });
    fixed('withCredentials', withCredentials);
    if (typeof document === 'undefined') {
      // On a server: nothing ever happens.
      fixed('url', String(url));
      return;
    }
    let target: URL;
    try {
      target = new URL(url, document.baseURI);
    } catch {
      throw new DOMException('Cannot open an EventSource: the URL is invalid.', 'SyntaxError');
    }
    // biome-ignore lint/correctness/noConstructorReturn: native is what `shared: false` asks for
    if (init.shared === false) return new (nativeEventSource())(target, { withCredentials }) as unknown as this;
    fixed('url', target.href);
    if (!/^https?:/.test(target.href)) {
      task(() => this.failed(CLOSED));
      return;
    }
    if (typeof SharedWorker === 'undefined') throw new TabmuxError('UNSUPPORTED', 'no SharedWorker: use EventSource');
    target.hash = '';
    const stream = attach(this.owner, {
      kind: 'drop-in',
      url: target.href,
      options: { ...options, withCredentials },
    });
    this.stream = stream;
    // The queue of tasks stays short, because the hub sends no more than two batches and three single events before they have run.
    stream.later = task;
    stream.link.hold = hold;
    if (stream.status === 'open') task(() => this.opened());
    warnOfMany(stream);
  }

  // Getters rather than fields: `es.OPEN = 5` does nothing natively either. (And nothing here may run on import.)
  get CONNECTING(): 0 {
    return CONNECTING;
  }
  get OPEN(): 1 {
    return OPEN;
  }
  get CLOSED(): 2 {
    return CLOSED;
  }

  get readyState(): number {
    return this.state;
  }

  get onopen(): ((this: EventSource, event: Event) => unknown) | null {
    return this.handler('open');
  }
  set onopen(handler: ((this: EventSource, event: Event) => unknown) | null) {
    this.handle('open', handler);
  }

  get onmessage(): ((this: EventSource, event: MessageEvent) => unknown) | null {
    return this.handler('message');
  }
  set onmessage(handler: ((this: EventSource, event: MessageEvent) => unknown) | null) {
    this.handle('message', handler);
  }

  get onerror(): ((this: EventSource, event: Event) => unknown) | null {
    return this.handler('error');
  }
  set onerror(handler: ((this: EventSource, event: Event) => unknown) | null) {
    this.handle('error', handler);
  }

  /** Ends this instance; nothing is dispatched any more. Others stay connected. */
  close(): void {
    this.state = CLOSED;
    this.owner.over = true;
    const { stream } = this;
    if (stream) runtime((l) => l.leave(stream, this.owner));
  }

  override addEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, event: EventSourceEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: (this: EventSource, event: MessageEvent) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener, options);
    const { capture = false, once = false, signal } = typeof options === 'object' ? options : { capture: !!options };
    const entry = { type, listener, capture, once } as Listener;
    if (!listener || signal?.aborted || this.listeners.some((other) => same(other, entry))) return;
    this.listeners.push(entry);
    signal?.addEventListener('abort', () => this.listeners.includes(entry) && this.drop(entry), { once: true });
    this.hear(type);
  }

  override removeEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, event: EventSourceEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: (this: EventSource, event: MessageEvent) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(type: string, listener: unknown, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, listener as EventListener, options);
    const capture = typeof options === 'object' ? !!options.capture : !!options;
    this.drop({ type, listener, capture, once: false } as Listener);
  }

  override dispatchEvent(event: Event): boolean {
    const { type } = event;
    for (const entry of this.listeners.filter((entry) => entry.once && entry.type === type)) this.drop(entry);
    return super.dispatchEvent(event);
  }

  /** The stream is asked for a type while it has a listener here. */
  private hear(type: string): void {
    const { stream } = this;
    // '' is no type an event can have, and '*' would be every type.
    if (!stream || this.state === CLOSED || this.subs.has(type) || type === '' || type === '*') return;
    const sub = createSubscription(
      this.owner,
      type,
      (event) => task(() => this.give(event)),
      { replay: this.replay },
      (ended) => runtime((l) => l.remove(stream, ended)),
    );
    this.subs.set(type, sub);
    stream.add(sub);
  }

  private drop(entry: Listener): void {
    this.listeners = this.listeners.filter((other) => !same(other, entry));
    if (this.listeners.some(({ type }) => type === entry.type)) return;
    this.subs.get(entry.type)?.end();
    this.subs.delete(entry.type);
  }

  private give({ channel, data, id, origin }: ChannelEvent): void {
    if (!this.owner.over) this.dispatchEvent(new MessageEvent(channel, { data, lastEventId: id, origin }));
  }

  /** In a task, behind the events that came before. */
  private changed({ status, failed }: StatusUpdate, previous: Status): void {
    task(() => {
      if (this.state === CLOSED) return;
      if (status === 'open' && (previous !== 'open' || this.state !== OPEN)) this.opened();
      else if (status === 'closed') this.failed(CLOSED);
      else if (failed) this.failed(CONNECTING);
      else if (status !== 'open') this.state = CONNECTING;
    });
  }

  private opened(): void {
    // The first status and the one told on joining can both say so.
    if (this.state !== CONNECTING) return;
    this.state = OPEN;
    this.dispatchEvent(new Event('open'));
  }

  private failed(state: number): void {
    if (this.state === CLOSED) return;
    if (state === CLOSED) this.close();
    this.state = state;
    this.dispatchEvent(new Event('error'));
  }

  private handler(type: string): never {
    return (this.handlers.get(type)?.handler ?? null) as never;
  }

  /** HTML's event handler attributes: another handler takes the place in the order that the first one got. */
  private handle(type: string, handler: Handler): void {
    const entry = this.handlers.get(type);
    if (typeof handler !== 'function') {
      if (entry) this.removeEventListener(type, entry.listener);
      this.handlers.delete(type);
    } else if (entry) entry.handler = handler;
    else {
      const fresh = {
        handler: handler as Handler,
        listener: (event: Event) => fresh.handler?.call(this, event as never),
      };
      this.handlers.set(type, fresh as { handler: Handler; listener: (event: Event) => void });
      this.addEventListener(type, fresh.listener as EventListener);
    }
  }
}

const same = (a: Listener, b: Listener) => a.type === b.type && a.listener === b.listener && a.capture === b.capture;

function warnOfMany({ link, url }: Stream): void {
  const { origin } = new URL(url);
  if (!origin.startsWith('http:') || warned.has(origin)) return;
  const here = [...link.streams.values()].filter((stream) => new URL(stream.url).origin === origin);
  if (here.length < MANY) return;
  warned.add(origin);
  console.warn(
    `tabmux: ${MANY} streams to ${origin}. Over HTTP/1.1 a browser opens six connections to a server for all tabs; each stream takes one. Use one stream with several event types, or HTTP/2.`,
  );
}
