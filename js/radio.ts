import type { Link } from './link.js';

/**
 * What tabs tell each other past the worker, on a BroadcastChannel that exists only where it is needed (an open one can
 * keep a page out of the back/forward cache): where the successor of a worker that died or hangs is; and, on plain http,
 * that the worker is dead. There are no locks there, and only a visible tab pings: without a word the hidden ones would
 * stay deaf.
 */
export interface Place {
  gen: number;
  url: string;
  name: string;
  epoch: number;
}

type Message = ({ t: 'where' } | ({ t: 'here' } & Place) | { t: 'dead'; epoch: number }) & { of: string };

let radio: BroadcastChannel | undefined;
interface Tuned {
  link: Link;
  found?: ((place: Place) => void) | undefined;
  dead?: (() => unknown) | undefined;
}

const links = new Map<string, Tuned>();

/** Told apart by where this code is: another application of the same origin may have a worker of its own. */
const ofLink = (link: Link) => `${import.meta.url} ${link.life?.base}`;

function tune(link: Link, on: Omit<Tuned, 'link'> = {}): BroadcastChannel | undefined {
  links.set(ofLink(link), { ...links.get(ofLink(link)), link, ...on });
  if (!radio && typeof BroadcastChannel === 'function') {
    radio = new BroadcastChannel('tabmux');
    radio.onmessage = ({ data }: MessageEvent<Message>) => {
      const known = links.get(data?.of);
      if (!known) return;
      const { gen, life } = known.link;
      if (data.t === 'where' && gen && life?.tie === 'ready' && life.welcome) tellHere(known.link, life.welcome.epoch);
      if (data.t === 'here') known.found?.(data);
      // Of the worker that this tab has as well, and not of its successor.
      if (data.t === 'dead' && life?.tie === 'ready' && life.welcome?.epoch === data.epoch) known.dead?.();
    };
  }
  return radio;
}

/** Asks the other tabs where the worker of `link` is now. */
export function where(link: Link, found: (place: Place) => void): void {
  tune(link, { found })?.postMessage({ t: 'where', of: ofLink(link) });
}

/** Here is a worker that runs, of `epoch`. */
export function tellHere(link: Link, epoch: number): void {
  const { gen, url, name } = link;
  tune(link)?.postMessage({ t: 'here', gen, url: `${url}`, name, epoch, of: ofLink(link) });
}

/** The worker of `epoch` is dead: the others need not find out by themselves. */
export function tellDead(link: Link, epoch: number): void {
  tune(link)?.postMessage({ t: 'dead', epoch, of: ofLink(link) });
}

/** After a welcome: answers the others and hears of a death, or stops doing so where there is nothing to tell. */
export function stayTuned(link: Link, dead: () => unknown): void {
  if (link.gen || !link.life?.welcome?.lock) tune(link, { dead });
  else closeRadio();
}

export function closeRadio(): void {
  radio?.close();
  radio = undefined;
}
