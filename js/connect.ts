import { attach } from './attach.js';
import { TabmuxError } from './errors.js';
import { Hub } from './hub.js';
import { connectOptions } from './options.js';
import type { ConnectOptions, TabmuxHub } from './types.js';

/**
 * Joins the stream at `url`: one connection for every tab of this origin. Calls with the same URL and options share it.
 * On a server (no document) it gives a hub on which nothing ever happens.
 *
 * @param url of the SSE endpoint, resolved against the document's base.
 * @typeParam Events channel names and what `json()` of their events gives.
 * @throws TabmuxError `BAD_URL`, `BAD_OPTION`, `UNSUPPORTED`
 */
export function connect<Events extends object = Record<string, unknown>>(
  url: string | URL,
  options: ConnectOptions = {},
): TabmuxHub<Events> {
  const { sent, workerUrl, logger } = connectOptions(options);
  const hub = new Hub(logger);
  if (typeof document !== 'undefined') {
    if (typeof SharedWorker === 'undefined')
      throw new TabmuxError('UNSUPPORTED', 'no SharedWorker here: use EventSource');
    if (typeof url === 'function') throw new TabmuxError('UNSUPPORTED', 'pass the url as a string');
    let href = '';
    try {
      const target = new URL(url, document.baseURI);
      target.hash = '';
      // Browsers refuse to fetch what carries a password, and it would be shown with the URL.
      if (!target.username) href = target.href;
    } catch {}
    if (!/^https?:/.test(href)) throw new TabmuxError('BAD_URL', 'pass an http(s) URL');
    hub.stream = attach(hub, 'channel', href, sent, workerUrl);
  }
  return hub as unknown as TabmuxHub<Events>;
}
