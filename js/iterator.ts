import type { ChannelEvent } from './event.js';
import type { Owner } from './stream.js';

/** Most events an iterator holds for a reader that is behind; as many as it has asked for of the past, if that is more. */
const BOUND = 1000;
/** Whatever it has asked for. */
const MOST = 100_000;

/** What `events()` reads from, fed by its subscription. */
export interface Feed {
  next(): Promise<IteratorResult<ChannelEvent>>;
  push(event: ChannelEvent): void;
  /** Done at once, what it holds is let go; or the next read rejects with `error`, and then it is done. */
  end(error?: unknown): void;
}

/** @param owner told how many events of `channel` were dropped: once for all in one go, not once for each. */
export function createFeed(owner: Pick<Owner, 'gap'>, channel: string, replay = 0): Feed {
  const bound = Math.max(BOUND, Math.min(replay, MOST));
  const held: ChannelEvent[] = [];
  const waiting: { resolve(result: IteratorResult<ChannelEvent>): void; reject(error: unknown): void }[] = [];
  const done = { done: true, value: undefined } as const;
  let over = false;
  let failure: unknown;
  let dropped = 0;

  return {
    next: () =>
      new Promise((resolve, reject) => {
        const value = held.shift();
        if (value) resolve({ done: false, value });
        else if (failure) {
          reject(failure);
          failure = undefined;
        } else if (over) resolve(done);
        else waiting.push({ resolve, reject });
      }),
    push(value) {
      if (over) return;
      const reader = waiting.shift();
      if (reader) reader.resolve({ done: false, value });
      else if (held.push(value) > bound) {
        held.shift();
        if (!dropped++)
          queueMicrotask(() => {
            owner.gap({ channel, dropped, cause: 'overflow' });
            dropped = 0;
          });
      }
    },
    end(error) {
      over = true;
      failure = error;
      held.length = 0;
      for (const { resolve, reject } of waiting.splice(0)) {
        if (failure) reject(failure);
        else resolve(done);
        failure = undefined;
      }
    },
  };
}
