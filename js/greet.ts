import type { Link } from './link.js';
import type { VERSION } from './protocol.js';
import type { Stream } from './stream.js';
import { holdLock, tabId } from './tab.js';

declare const TABMUX_BUILD: string;

/** Told at hello, for diagnosis; the build puts the package's version here. */
const BUILD = typeof TABMUX_BUILD === 'undefined' ? 'dev' : TABMUX_BUILD;

/** What a worker hears first on a port: the hello, then the whole state of the page. So a fresh one needs nothing else. */
export async function greet(link: Link): Promise<void> {
  const { port } = link;
  const lock = await holdLock();
  link.lock = lock;
  if (link.port !== port) return;
  link.up = true;
  link.post({
    t: 'hello',
    v: 2 satisfies typeof VERSION,
    build: BUILD,
    tab: tabId(),
    visible: !document.hidden,
    gen: link.gen,
    lock,
    state: link.state,
  });
  for (const stream of link.streams.values()) attach(stream);
}

/** Says all that the hub has to know of a stream, once per port. Before the hello there is nothing to say it on. */
export function attach(stream: Stream): void {
  const { link, s, kind, target: url, options, past } = stream;
  // Who has left already is to cause no connection, though `leave` may have yet to be loaded.
  if (stream.port === link.port || !link.up || [...stream.owners].every((owner) => owner.over)) return;
  stream.port = link.port;
  stream.past = undefined;
  stream.table = [];
  link.post({
    t: 'attach',
    s,
    kind,
    url,
    options,
    subs: [...stream.subs.values()].map(({ sub, channel, replay, topic }) => ({ sub, channel, replay, topic })),
    ...past,
  });
}
