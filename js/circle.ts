import { type Aired, type Batch, HEADER, OP_AIRED, OP_RUN, type Run, STRIDE } from './protocol.js';
import { isRun } from './run.js';
import type { Stream } from './stream.js';

/**
 * The page's side of a stream's BroadcastChannel, by which long runs are cloned once for all tabs. Batches come by the port as
 * ever: one that names a run waits until that is heard here.
 */
export interface Circle {
  channel: BroadcastChannel;
  /** What was heard and not looked at: that makes strings of it, which would stay too long if they were made before they are needed. */
  heard: MessageEvent[];
  /** What is yet to be named, by number. */
  runs: Map<number, Run>;
}

/** Listens to the channel `name`, and says `key` there: the hub knows by it that this page hears. `heard`: another run is there. */
export function listen(stream: Stream, key: number, name: string, heard: () => void): void {
  hush(stream);
  const { link, s } = stream;
  // Where it did not work before, all goes on coming by the port. And a handler of the same batch may have left the stream.
  if (link.deaf || typeof BroadcastChannel !== 'function' || !link.streams.has(s)) return;
  const channel = new BroadcastChannel(name);
  const circle: Circle = { channel, heard: [], runs: new Map() };
  stream.circle = circle;
  channel.onmessage = (event) => {
    circle.heard.push(event);
    heard();
  };
  channel.postMessage(key);
}

/** Listens no more. An open channel would throw a page out of the back/forward cache. */
export function hush(stream: Stream): void {
  stream.circle?.channel.close();
  stream.circle = undefined;
}

/** Whether that run has come. */
function has({ heard, runs }: Circle, number: number): boolean {
  while (!runs.has(number)) {
    const event = heard.shift();
    if (!event) return false;
    // Others say their keys.
    const { data } = event;
    const aired: Aired = Array.isArray(data) ? data : [];
    for (let at = 0; at < aired.length; at += 2) {
      const run = aired[at + 1];
      if (isRun(run)) runs.set(aired[at] as number, run);
    }
  }
  return true;
}

/** Puts the runs that it names in their places, all or none. `false`: one is yet to be heard. */
export function fill({ circle }: Stream, batch: Batch): boolean {
  const places: number[] = [];
  for (let at = HEADER; at < batch.length; at += STRIDE) if (batch[at] === OP_AIRED) places.push(at);
  if (!places.length) return true;
  const named = places.map((at) => batch[at + 1] as number);
  if (!circle || !named.every((number) => has(circle, number))) return false;
  const { runs } = circle;
  for (const at of places) {
    batch[at] = OP_RUN;
    batch[at + 1] = runs.get(batch[at + 1] as number);
  }
  // A batch is all that has waited: what came before and was not named is not for this page.
  const last = Math.max(...named);
  for (const number of runs.keys()) if (number <= last) runs.delete(number);
  return true;
}
