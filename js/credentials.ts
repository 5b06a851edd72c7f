import type { FromHub } from './protocol.js';
import type { Stream } from './stream.js';

/**
 * Asks the application's functions on the hub's behalf. What they give is posted and kept nowhere; what they throw is the
 * application's, and the hub asks another tab.
 */
export async function giveCredentials(
  stream: Stream,
  { s, r, refused }: Extract<FromHub, { t: 'ask' }>,
): Promise<void> {
  // What is no function was told with the attach.
  const [url, headers] = (stream.ask ?? []).map((given) => (typeof given === 'function' ? given : undefined));
  let given: { url?: string; headers?: string } | undefined;
  try {
    const [place, fields] = await Promise.all([url?.({ refused }), headers?.({ refused })] as [
      unknown,
      HeadersInit | undefined,
    ]);
    given = {};
    if (url) {
      const target = new URL(String(place), document.baseURI);
      target.hash = '';
      // Browsers refuse to fetch what carries a password.
      if (target.username || !/^https?:/.test(target.protocol)) throw new TypeError('url() must give an http(s) URL');
      given.url = target.href;
    }
    if (headers) given.headers = [...new Headers(fields)].join('\n');
  } catch (error) {
    given = undefined;
    if (typeof reportError === 'function') reportError(error);
    else console.error(error);
  }
  stream.post({ t: 'answer', s, r, ...(given && { given }) });
}
