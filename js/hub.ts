import { TabmuxError } from './errors.js';
import type { ChannelEvent } from './event.js';
import type { Feed } from './iterator.js';
import { runtime } from './link.js';
import { subscribeOptions } from './options.js';
import type { Stats, StatusUpdate } from './protocol.js';
import type { Owner, Stream } from './stream.js';
import { createSubscription, type Sub } from './subscription.js';
import type { Logger, Status, SubscribeOptions, Subscription } from './types.js';

/** What `connect()` gives; see `TabmuxHub` for the contract. Without a stream (on a server) nothing ever happens. */
export class Hub extends EventTarget implements Owner {
  declare stream: Stream | undefined;
  declare logger: Logger | undefined;
  over = false;

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
    const use = <What extends keyof Feed>(what: What, given: Parameters<Feed[What]>[0], failed?: () => void) =>
      runtime((l) => {
        feed ??= l.feed(this, channel, options?.replay);
        feed[what](given as never);
      }, failed);
    const sub = this.add(
      channel,
      (event) => use('push', event),
      options,
      (error) => use('end', error),
    );
    if (!this.stream) sub.end();
    return {
      next: () => new Promise((resolve, reject) => use('next', resolve, reject)),
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
    return this.ask('stats', this.over);
  }

  reconnect(): void {
    if (this.stream) runtime((l) => l.reconnect(this), this.stream.link.lost);
  }

  async close(how?: { everywhere: true }): Promise<void> {
    const { stream, status } = this;
    if (how?.everywhere && stream) return this.ask('everywhere');
    if (!this.over) {
      this.over = true;
      if (stream) runtime((l) => l.leave(stream, this));
      this.changed({ status: 'closed', reason: 'closed', resumed: null }, status);
    }
  }

  // WebKit has no such symbol yet; then nobody can have this one.
  [Symbol.dispose ?? Symbol()](): void {
    this.close();
  }

  /** @internal */
  changed({ failed, ...update }: Partial<StatusUpdate>, previous: Status): void {
    if (update.status !== previous) this.tell('status', { previous, ...update }, 'info');
  }

  /** @internal */
  fail(error: TabmuxError): void {
    // An error that nobody looks at must not be silent, and a dispatch does not tell whether somebody did.
    if (!this.tell('error', error, 'error')) console.error(error);
  }

  /** @internal Gives whether anybody has looked. */
  tell(type: string, detail: object, level: keyof Logger): boolean | undefined {
    // In a microtask: what the application's logger throws is its own affair.
    queueMicrotask(() => this.logger?.[level]?.(`tabmux ${type}`, detail));
    let isHeard: boolean | undefined;
    const get = () => {
      isHeard = true;
      return detail;
    };
    this.dispatchEvent(Object.defineProperty(new CustomEvent(type), 'detail', { get }));
    return isHeard;
  }

  private ask<Answer>(what: 'stats' | 'everywhere', isOver?: boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { stream } = this;
      if (!stream || isOver) throw new TabmuxError('CLOSED', 'connect() again');
      runtime((l) => l[what](stream, resolve as () => void, reject), reject);
    });
  }

  private add(
    channel: string,
    handler: (event: ChannelEvent) => void,
    options: SubscribeOptions = {},
    done?: (error?: unknown) => void,
  ): Sub {
    const { stream } = this;
    if (this.over) throw new TabmuxError('CLOSED', 'connect() again');
    if (typeof channel !== 'string' || !channel) throw new TabmuxError('BAD_CHANNEL', "pass a name or '*'");
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
