import { drop } from './lifecycle.js';
import type { Owner, Stream } from './stream.js';
import type { Sub } from './subscription.js';

/** A subscription has ended. It was deaf from that moment on; here it is taken off the stream. */
export function remove(stream: Stream, sub: Sub): void {
  const entry = stream.channel(sub.channel);
  entry.subs = entry.subs.filter((other) => other !== sub);
  const number = sub.want.sub;
  if (stream.subs.delete(number)) stream.post({ t: 'unsub', s: stream.s, sub: number });
}

/** `owner` no longer uses the stream; with the last one it ends. */
export function leave(stream: Stream, owner: Owner): void {
  for (const sub of stream.subs.values()) if (sub.owner === owner) sub.end();
  if (stream.owners.delete(owner) && !stream.owners.size) {
    stream.post({ t: 'detach', s: stream.s });
    drop(stream);
  }
}
