/**
 * Texts of the errors that happen later, loaded when the first one does. Each says what is wrong and what mends it.
 * `detail` comes from the hub or from `lifecycle.ts`; `url` is the worker's, without its query.
 */
export function message(code: string, detail: string, url = 'the worker'): string {
  switch (code) {
    case 'WORKER_LOAD':
      if (detail.startsWith('fetch: '))
        return `the fetch transport did not load: ${workerLoad(detail.slice(7), 'fetch.wasm')} The hub goes on trying.`;
      return `${url} could not be used as the worker: ${workerLoad(detail)}`;
    case 'WORKER_DIED':
      return `the worker ended three times within a minute${because(detail)}. Call reconnect() to try again, and please report it.`;
    case 'PROTOCOL_VERSION':
      return `the worker that other tabs of this site run is of another version of tabmux${because(detail)}. Reload those tabs.`;
    case 'BAD_MESSAGE':
      return `a message that is not of the protocol was ignored${because(detail)}. Is there another version of tabmux in the page?`;
    case 'STREAM_LIMIT':
      return `another stream to this server is open: ${detail}. Subscribe to its channels, or raise maxStreamsPerOrigin in every tab.`;
    case 'OPTIONS_CONFLICT':
      return `the stream runs with the options of the tab that opened it: ${detail}. Give the same options everywhere.`;
    case 'CHANNEL_LIMIT':
      if (detail.startsWith('topic '))
        return `the URL would be over 8 KB with ${detail}. Hold fewer topics at a time, or ones with shorter names.`;
      return `the stream has as many channels as it may have: ${detail}. Use fewer, or raise limits.channels.`;
    case 'EVENT_TOO_LARGE':
      return `an event was dropped: ${detail}. Send smaller ones, or raise limits.event.`;
    case 'LINE_TOO_LONG':
      return `an event was dropped, for a line of it: ${detail}. Send shorter lines, or raise limits.line.`;
    case 'HTTP_STATUS':
      return `the server answered ${detail}. ${
        /^(429|5)/.test(detail) ? 'The hub goes on trying.' : 'Mend the URL or the server, then call reconnect().'
      }`;
    case 'CONTENT_TYPE':
      return 'the response is no event stream. Serve it with content-type text/event-stream; does the URL lead to a login or error page?';
    case 'AUTH':
      return `the server refused the credentials (${detail}). Sign in, then call reconnect().`;
    case 'CREDENTIALS_TIMEOUT':
      return 'no tab gave what url or headers as a function is asked for, within 5 s each. The hub goes on asking; what the functions threw was reported in their tabs.';
    case 'NETWORK':
      if (detail === 'buffered')
        return 'the stream shows nothing for long, or all at once at its end: a proxy seems to hold it back. Send X-Accel-Buffering: no, and turn off buffering and compression for it there.';
      return `an attempt to connect failed${because(detail)}. The hub goes on trying; see the network panel for the cause${
        detail === 'timeout' ? '. A proxy that buffers looks like this too: send X-Accel-Buffering: no' : ''
      }.`;
    case 'MAX_ATTEMPTS':
      return `reconnect.maxAttempts is used up${because(detail)}. Call reconnect() to try again.`;
    case 'BAD_URL':
      return `${detail}. Pass an http(s) URL.`;
    case 'BAD_CHANNEL':
      if (detail.startsWith('topic '))
        return `${detail}: it must not be empty, nor have a comma where topics.format is 'comma'.`;
      return `${detail}. Name the SSE event, 'message' for unnamed ones, or '*'.`;
    case 'BAD_OPTION':
      return detail.startsWith('topic ')
        ? `${detail}: pass the option topics to connect(), its param another than resume.param.`
        : detail;
    case 'STORAGE':
      return `the last event id could not be kept in IndexedDB${because(detail)}. The stream goes on; a tab opened after all are closed begins anew. Allow storage, or free some.`;
    case 'CLOSED':
      return `${detail || 'the stream is closed'}. Call connect() again.`;
    default:
      return detail;
  }
}

const because = (detail: string) => (detail ? ` (${detail})` : '');

function workerLoad(detail: string, wasm = 'hub.wasm'): string {
  const own = 'run `npx tabmux init <public folder>` and pass workerUrl: "/<folder>/worker.js"';
  const csp = "the worker's own response needs a Content-Security-Policy with script-src 'wasm-unsafe-eval'";
  // Vite up to 7 moves the package in development, but not the worker beside it.
  if (detail === 'script' && import.meta.url.includes('/.vite/deps/'))
    return "its script did not load. Vite has moved it: add optimizeDeps: { exclude: ['tabmux'] } to vite.config.";
  if (detail === 'script')
    return `its script did not load. If it is missing (404), ${own}. If it is there, serve it as text/javascript, allow it by the page's Content-Security-Policy (worker-src 'self'), and from the page's own origin.`;
  if (detail === 'timeout') return `it did not answer within 30 s. Is worker.js or hub.wasm slow to load, or blocked?`;
  if (detail.startsWith('chunk'))
    return `a part of tabmux did not load (${detail}). If the site was just deployed, reload the page; keep the files of the last build for a while.`;
  if (detail.startsWith('throw'))
    return `the browser refused it (${detail.slice(6)}). It has to be of the page's origin; under require-trusted-types-for 'script' pass workerUrl as a TrustedScriptURL.`;
  if (detail.startsWith('wasm-http'))
    return `${wasm} beside worker.js answered HTTP ${detail.slice(10)}. Serve it there: ${own}.`;
  if (detail.startsWith('wasm-csp')) return `WebAssembly is forbidden there: ${csp}.`;
  if (detail === 'wasm of another version')
    return `${wasm} is of another version than worker.js. If the site was just deployed, reload all of its tabs; else serve both of one release.`;
  return `${wasm} did not start (${detail}). Serve it unchanged beside worker.js as application/wasm: ${own}; or ${csp}.`;
}
