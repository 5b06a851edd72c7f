import { Link, runtime } from './link.js';
import { type Owner, Stream } from './stream.js';

const links = new Map<unknown, Link>();

/** The stream that `owner` uses from now on: one that the page has already, if there is an equal one. */
export function attach(owner: Owner, what: Stream['what'], workerUrl?: unknown): Stream {
  // As text it tells equal ones; the object itself may be a TrustedScriptURL, which has to reach the constructor.
  const key = workerUrl && new URL(workerUrl as string, document.baseURI).href;
  const link = links.get(key) ?? new Link(workerUrl as string);
  links.set(key, link);
  if (link.down) runtime((l) => l.revive(link), link.lost);
  // A closed one is not taken up: who connects anew means to try anew.
  const stream =
    [...link.streams.values()].find(
      (other) => other.status !== 'closed' && JSON.stringify(other.what) === JSON.stringify(what),
    ) ?? new Stream(link, what);
  stream.owners.add(owner);
  // In a microtask, so that what the same task subscribes to travels along. Also of one that was there: all its owners may
  // have left before it was told of.
  queueMicrotask(() => stream.attach());
  return stream;
}
