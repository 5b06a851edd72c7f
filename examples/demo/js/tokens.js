// The answer of a language model as an async iterator, one request for all tabs that ask the same.

import { connect } from '/tabmux/index.js';

/** Ends without an error: 204, and what the application asked for. */
const QUIET = ['stopped', 'closed', 'everywhere', 'principal-changed'];

/**
 * Yields the pieces of text of one answer, as proxies of language models stream them: JSON documents with
 * `choices[0].delta.content`, at the end `[DONE]`.
 *
 * Every tab that posts the same question to the same URL while it is being answered reads from one request, and gets what
 * came before it joined. The request ends at once when the last of them stops reading: by `break`, or by `signal`.
 * `watch` is given the hub, for what it can tell.
 */
export async function* tokens(url, question, { principal = null, signal, watch, ...headers } = {}) {
  const hub = connect(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(question),
    principal,
    // Beside the page's other streams, of which there may be one by default.
    maxStreamsPerOrigin: 6,
    // Of an answer all is kept for who joins later.
    replay: { events: 100_000 },
  });
  watch?.(hub);
  // An iterator has to end when the stream does, and fail when that fails.
  const stop = new AbortController();
  let failure;
  hub.addEventListener('status', ({ detail }) => {
    if (detail.status === 'closed' && QUIET.includes(detail.reason)) stop.abort();
  });
  hub.addEventListener('error', ({ detail }) => {
    failure = detail;
    // What closes a stream otherwise is followed by the error that says why.
    if (hub.status === 'closed') stop.abort();
  });
  hub.addEventListener('gap', () => {
    // A server without ids has begun the answer anew: what comes now does not follow what was read.
    failure = new Error('The answer broke off.');
    stop.abort();
  });
  signal?.addEventListener('abort', () => stop.abort());
  if (signal?.aborted) stop.abort();
  try {
    for await (const event of hub.events('message', { signal: stop.signal, replay: 100_000 })) {
      if (event.data === '[DONE]') return;
      yield event.json().choices[0]?.delta?.content ?? '';
    }
    // Without one it was answered to the end before this tab asked (204).
    if (!signal?.aborted && failure) throw failure;
  } finally {
    hub.close();
  }
}
