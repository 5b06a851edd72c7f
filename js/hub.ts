import { TabmuxError } from './errors.js';
import type { ChannelEvent } from './event.js';
import type { Feed } from './iterator.js';
import { runtime } from './link.js';
import { subscribeOptions } from './options.js';
import type { Stats, StatusUpdate } from './protocol.js';
import type { Owner, Stream } from './stream.js';
import { createSubscription, type Sub } from './subscription.js';
import type { GapDetail, Logger, Status, SubscribeOptions, Subscription } from './types.js';

/** What `connect()` gives; see `TabmuxHub` for the contract. Without a stream (on a server) nothing ever happens. */
export class Hub extends EventTarget implements Owner {
  declare stream: Stream | undefined;
  declare private readonly logger: Logger | undefined;
  over = false;

  constructor(logger?: Logger) {
    super();
    this.logger = logger;
  }

  get status(): Status {
    return this.over ? 'closed' : (this.stream?.status ?? 'idle');
  }

  get mode(): 'shared-worker' | 'direct' {
    return this.stream ? 'shared-worker' : 'direct';
  }

  get lastEventId(): string {
    return this.stream?.at?.id ?? '';
  }

  get url(): string {
    return this.stream?.url.split('?')[0] ?? '';
  }

  subscribe(channel: string, handler: (event: ChannelEvent) => void, options?: SubscribeOptions): Subscription {
    if (typeof handler !== 'function') throw new TabmuxError('BAD_HANDLER', 'pass a function');
    return this.add(channel, handler, options);
  }

  events(channel: string, options?: SubscribeOptions): AsyncIterableIterator<ChannelEvent> {
    let feed: Feed | undefined;
    const use = (act: (feed: Feed) => void, failed?: (error: unknown) => void) =>
      runtime((l) => {
        feed ??= l.createFeed(this, channel, options?.replay);
        act(feed);
      }, failed);
    const sub = this.add(
      channel,
      (event) => use((feed) => feed.push(event)),
      options,
      (error) => use((feed) => feed.end(error)),
    );
    if (!this.stream) sub.end();
    return {
      next: () => new Promise((resolve, reject) => use((feed) => resolve(feed.next()), reject)),
      return: async (value) => {
        sub.end();
        return { done: true, value };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  stats(): Promise<Stats> {
    return new Promise((resolve, reject) => {
      const { stream } = this;
      if (!stream || this.over) throw new TabmuxError('CLOSED', 'connect() again');
      runtime((l) => l.stats(stream, resolve, reject), reject);
    });
  }

  reconnect(): void {
    const { stream } = this;
    if (stream && !this.over) runtime((l) => l.reconnect(stream), stream.link.lost);
  }

  async close(how?: { everywhere: true }): Promise<void> {
    const { stream } = this;
    if (how?.everywhere && stream)
      return new Promise((resolve, reject) => runtime((l) => l.closeEverywhere(stream, resolve, reject), reject));
    if (!this.over) {
      const previous = this.status;
      this.over = true;
      if (stream) runtime((l) => l.leave(stream, this));
      this.changed({ status: 'closed', reason: 'closed', resumed: null }, previous);
    }
  }

  // WebKit has no such symbol yet; then nobody can have this one.
  [Symbol.dispose ?? Symbol()](): void {
    this.close();
  }

  /** @internal */
  changed({ status, reason, resumed }: Omit<StatusUpdate, 'failed'>, previous: Status): void {
    if (status !== previous) this.tell('status', { status, previous, reason, resumed }, 'info');
  }

  /** @internal */
  gap(detail: GapDetail): void {
    this.tell('gap', detail, 'warn');
  }

  /** @internal */
  fail(error: TabmuxError): void {
    // An error that nobody looks at must not be silent, and a dispatch does not tell whether somebody did.
    let isHeard = false;
    this.tell('error', error, 'error', {
      get() {
        isHeard = true;
        return error;
      },
    });
    if (!isHeard) console.error(error);
  }

  private tell(type: string, detail: object, level: keyof Logger, look?: PropertyDescriptor): void {
    // In a microtask: what the application's logger throws is its own affair.
    queueMicrotask(() => this.logger?.[level]?.(`tabmux ${type}`, detail));
    const event = new CustomEvent(type, { detail });
    this.dispatchEvent(look ? Object.defineProperty(event, 'detail', look) : event);
  }

  private add(
    channel: string,
    handler: (event: ChannelEvent) => void,
    options: SubscribeOptions = {},
    done?: (error?: unknown) => void,
  ): Sub {
    const { stream } = this;
    if (this.over) throw new TabmuxError('CLOSED', 'connect() again');
    if (typeof channel !== 'string' || !channel) throw new TabmuxError('BAD_CHANNEL', "name an SSE event or '*'");
    const checked = subscribeOptions(options);
    const sub = createSubscription(this, channel, handler, checked, (ended, error) => {
      if (stream) runtime((l) => l.remove(stream, ended));
      done?.(error);
    });
    if (!stream) sub.open();
    else if (!checked.signal?.aborted) stream.add(sub);
    return sub;
  }
}
