import { TabmuxError } from './errors.js';
import type { ChannelEvent } from './event.js';
import type { SubscribeRequest } from './protocol.js';
import type { Owner } from './stream.js';
import type { SubscribeOptions, Subscription } from './types.js';

/** A subscription as the stream sees it. */
export interface Sub extends Subscription {
  /** What the hub is asked for: `sub` is 0 until the stream has taken it, `replay` once it was ready. */
  readonly want: SubscribeRequest;
  readonly owner: Owner;
  /** Hears live events. */
  live: boolean;
  run(event: ChannelEvent): void;
  /** The hub has it. */
  open(): void;
  /** `ready` can't be kept; the subscription stays. */
  fail(error: unknown): void;
  /** It is over, by `error` if there is one. */
  end(error?: unknown): void;
}

/** @param done called once when it is over, with the error that ended it, if any; abort is none. */
export function createSubscription(
  owner: Owner,
  channel: string,
  handler: (event: ChannelEvent) => void,
  { signal, replay = 0, topic }: SubscribeOptions,
  done?: (sub: Sub, error?: unknown) => void,
): Sub {
  let over = false;
  let resolve!: () => void;
  let fail!: (error: unknown) => void;
  const ready = new Promise<void>((yes, no) => {
    resolve = yes;
    fail = no;
  });
  // Whoever does not look at `ready` is not to be punished by an unhandled rejection.
  ready.catch(() => {});
  const end = (error?: unknown) => {
    if (over) return;
    over = true;
    sub.live = false;
    signal?.removeEventListener('abort', unsubscribe);
    // Abort is no error to whoever reads.
    fail(error ?? (signal?.aborted ? signal.reason : new TabmuxError('CLOSED', 'unsubscribed')));
    done?.(sub, error);
  };
  const unsubscribe = () => end();
  const sub = {
    want: { sub: 0, channel, replay, topic },
    owner,
    channel,
    ready,
    live: false,
    run(event) {
      if (over) return;
      try {
        handler(event);
      } catch (error) {
        // Older than any SharedWorker that runs modules.
        reportError(error);
      }
    },
    open() {
      sub.live = !over;
      sub.want.replay = 0;
      resolve();
    },
    fail,
    end,
    unsubscribe,
    // WebKit has no such symbol yet; then nobody can have this one.
    [Symbol.dispose ?? Symbol()]: unsubscribe,
  } as Sub;
  if (signal?.aborted) end();
  else signal?.addEventListener('abort', unsubscribe);
  return sub;
}
