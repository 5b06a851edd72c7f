import type { Link } from './link.js';

/**
 * How a new tab finds the successor of a worker that hangs: the tabs that have left it tell, on a BroadcastChannel that
 * exists only where it is needed (an open one can keep a page out of the back/forward cache).
 */
export interface Place {
  gen: number;
  url: string;
  name: string;
}

type Message = ({ t: 'where' } | ({ t: 'here' } & Place)) & { of: string };

let radio: BroadcastChannel | undefined;
const links = new Map<string, { link: Link; found: ((place: Place) => void) | undefined }>();

/** Told apart by where this code is: another application of the same origin may have a worker of its own. */
const ofLink = (link: Link) => `${import.meta.url} ${link.life?.base}`;

function tune(link: Link, found?: (place: Place) => void): BroadcastChannel | undefined {
  links.set(ofLink(link), { link, found });
  if (!radio && typeof BroadcastChannel === 'function') {
    radio = new BroadcastChannel('tabmux');
    radio.onmessage = ({ data }: MessageEvent<Message>) => {
      const known = links.get(data?.of);
      if (!known) return;
      const { gen, url, name, life } = known.link;
      if (data.t === 'where' && gen && life?.ready)
        radio?.postMessage({ t: 'here', gen, url: `${url}`, name, of: data.of });
      if (data.t === 'here' && !life?.ready) known.found?.(data);
    };
  }
  return radio;
}

/** Asks the other tabs where the worker of `link` is now. */
export function where(link: Link, found: (place: Place) => void): void {
  tune(link, found)?.postMessage({ t: 'where', of: ofLink(link) });
}

/** Answers the others, or stops doing so where there is nothing to tell. */
export function answerWhere(link: Link): void {
  if (link.gen) tune(link);
  else closeRadio();
}

export function closeRadio(): void {
  radio?.close();
  radio = undefined;
}
