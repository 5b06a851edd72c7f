import { attach } from './attach.js';
import { TabmuxError } from './errors.js';
import { Hub } from './hub.js';
import { connectOptions } from './options.js';
import type { ConnectOptions, TabmuxHub, UrlFunction } from './types.js';

/**
 * Joins the stream at `url`: one connection for every tab of this origin. Calls with the same URL and options share it.
 * On a server (no document) it gives a hub on which nothing ever happens.
 *
 * @param url of the SSE endpoint, resolved against the document's base; or a function that gives it, called in one tab
 * before every connection (one-time tokens), which needs `key` and `principal`.
 * @typeParam Events channel names and what `json()` of their events gives.
 * @throws TabmuxError `BAD_URL`, `BAD_OPTION`, `PRINCIPAL_REQUIRED`, `UNSUPPORTED`
 */
export function connect<Events extends object = Record<string, unknown>>(
  url: string | URL | UrlFunction,
  options: ConnectOptions = {},
): TabmuxHub<Events> {
  const [sent, asks, workerUrl, logger] = connectOptions(url, options);
  const hub = new Hub();
  hub.logger = logger;
  if (typeof document !== 'undefined') {
    if (typeof SharedWorker === 'undefined') throw new TabmuxError('UNSUPPORTED', 'use EventSource');
    let href!: string;
    try {
      // Until the function was asked, only who serves the page is known.
      const target = new URL(asks % 2 ? '/' : (url as string), document.baseURI);
      target.hash = '';
      // Browsers refuse to fetch what carries a password, and it would be shown with the URL.
      if (!target.username) href = target.href;
    } catch {}
    if (!/^https?:/.test(href)) throw new TabmuxError('BAD_URL', 'pass an http(s) URL');
    hub.stream = attach(hub, { kind: 'channel', url: href, options: sent }, workerUrl);
    // The latest: what it closes over is the freshest.
    hub.stream.ask = [url, options.headers];
  }
  return hub as unknown as TabmuxHub<Events>;
}
