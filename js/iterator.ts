import type { ChannelEvent } from './event.js';
import type { Owner } from './stream.js';

/** Most events an iterator holds for a reader that is behind; as many as it has asked for of the past, if that is more. */
const BOUND = 1000;
/** Whatever it has asked for. */
const MOST = 100_000;

/** What `events()` reads from, fed by its subscription. */
export interface Feed {
  next(resolve: (result: IteratorResult<ChannelEvent> | Promise<never>) => void): void;
  push(event: ChannelEvent): void;
  /** Done at once, what it holds is let go; or the next read rejects with `error`, and then it is done. */
  end(error?: unknown): void;
}

/** @param owner told how many events of `channel` were dropped: once for all in one go, not once for each. */
export function feed(owner: Pick<Owner, 'tell'>, channel: string, replay = 0): Feed {
  const bound = Math.max(BOUND, Math.min(replay, MOST));
  const held: ChannelEvent[] = [];
  const waiting: Parameters<Feed['next']>[0][] = [];
  const done = { done: true, value: undefined } as const;
  let over = false;
  let failure: unknown;
  let dropped = 0;

  return {
    next(resolve) {
      const value = held.shift();
      if (value) resolve({ done: false, value });
      else if (failure) {
        resolve(Promise.reject(failure));
        failure = undefined;
      } else if (over) resolve(done);
      else waiting.push(resolve);
    },
    push(value) {
      if (over) return;
      const reader = waiting.shift();
      if (reader) reader({ done: false, value });
      else if (held.push(value) > bound) {
        held.shift();
        if (!dropped++)
          queueMicrotask(() => {
            owner.tell('gap', { channel, dropped, cause: 'overflow' }, 'warn');
            dropped = 0;
          });
      }
    },
    end(error) {
      over = true;
      failure = error;
      held.length = 0;
      for (const resolve of waiting.splice(0)) {
        resolve(failure ? Promise.reject(failure) : done);
        failure = undefined;
      }
    },
  };
}
