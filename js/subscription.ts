import { TabmuxError } from './errors.js';
import type { ChannelEvent } from './event.js';
import type { Owner } from './stream.js';
import type { SubscribeOptions, Subscription } from './types.js';

/** A subscription as the stream sees it. */
export interface Sub extends Subscription {
  /** Unique within the stream; 0 until the stream has taken it. */
  sub: number;
  readonly owner: Owner;
  /** Past events still to be asked for: none any more once it was ready. */
  replay: number;
  /** What the server is to be asked for, if that is not the channel. */
  readonly topic: string | undefined;
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
    signal?.removeEventListener('abort', abort);
    fail(error ?? new TabmuxError('CLOSED', 'unsubscribed'));
    done?.(sub, error);
  };
  const abort = () => {
    // Before the end, which has nothing to reject any more; and abort is no error to whoever reads.
    fail(signal?.reason);
    end();
  };
  const unsubscribe = () => end();
  const sub = {
    sub: 0,
    owner,
    channel,
    ready,
    replay,
    topic,
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
      sub.replay = 0;
      resolve();
    },
    fail,
    end,
    unsubscribe,
    // WebKit has no such symbol yet; then nobody can have this one.
    [Symbol.dispose ?? Symbol()]: unsubscribe,
  } as Sub;
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort);
  return sub;
}
