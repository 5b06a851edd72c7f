import type { Link } from './link.js';
import type { VERSION } from './protocol.js';
import type { Stream } from './stream.js';
import { holdLock, tabId } from './tab.js';

declare const TABMUX_BUILD: string;

/** Told at hello, for diagnosis; the build puts the package's version here. */
const BUILD = typeof TABMUX_BUILD === 'undefined' ? 'dev' : TABMUX_BUILD;

/**
 * What a worker hears first on a port: the hello, then the whole state of the page. So a fresh one needs nothing else.
 *
 * Nothing waits for the page's lock, which can take as long as the rest. The hello is said again with it, once it is held:
 * a worker that got in line for it first would be granted it at once and take the tab for dead. Until then the page is as
 * on plain http.
 */
export async function greet(link: Link): Promise<void> {
  const { port } = link;
  const hello = () =>
    link.post({
      t: 'hello',
      v: 2 satisfies typeof VERSION,
      build: BUILD,
      tab: tabId(),
      visible: !document.hidden,
      gen: link.gen,
      lock: link.lock,
      state: link.state,
    });
  link.up = true;
  hello();
  for (const stream of link.streams.values()) attach(stream);
  if (link.lock) return;
  link.lock = await holdLock();
  if (link.lock && link.port === port) hello();
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
