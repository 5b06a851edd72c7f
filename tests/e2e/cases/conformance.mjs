import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

export const title = 'the same bytes are the same events to the browser’s EventSource and to the fetch transport';

/** What is compared hangs on the engine alone. */
export const hosts = ['localhost'];

const vectors = JSON.parse(readFileSync(new URL('../../conformance/vectors.json', import.meta.url), 'utf8'));

/** Where an engine's own EventSource strays from the standard: what it gives in place of the vector's events. */
const STRAYS = {
  chromium: {},
  firefox: {
    // From a NUL on nothing comes any more.
    'NUL elsewhere is text': [],
    'an id with NUL is ignored': [['message', 'a', '1']],
    // Only an event takes an id over.
    'an id without data counts for what follows': [
      ['message', 'a', ''],
      ['message', 'b', ''],
    ],
  },
  webkit: {},
};

/** The same, where it hangs on how the bytes come in, which a server does not decide alone. */
const AT_TIMES = {
  // A byte order mark that comes in pieces is taken for text.
  webkit: { 'a byte order mark goes': [] },
};

/** Where a stream is cut into what the server sends one by one. */
const CUTS = {
  whole: (bytes) => [bytes],
  bytes: (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
  halves: (bytes) => {
    const at = weakest(bytes);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  },
};

export async function run({ browser, server, host, stream, url, ready }) {
  const tab = await browser.open(`${server.origin(host)}/conformance.html`);
  await ready(tab);
  // Hundreds of streams, one after another.
  tab.limit = 90_000;
  const wrong = [];
  for (const [cut, pieces] of Object.entries(CUTS)) {
    const asked = new Set();
    stream.respond(({ url: request, query }) => {
      // The first answer is the stream, any other says that there is no more.
      if (asked.has(request) || query.cut !== cut) return { status: 204 };
      asked.add(request);
      return {
        headers: { 'content-type': 'text/event-stream' },
        body: pieces(Buffer.from(vectors[query.number].input, 'latin1')),
        // Long enough for the first half to be read by itself.
        pause: cut === 'halves' ? 5 : 0,
      };
    });
    await tab.eval(
      (...args) => {
        t.read(...args);
      },
      url,
      vectors.map(({ name, events }) => ({ name, events })),
      cut,
    );
    const results = JSON.parse(await tab.waitFor('every vector read', () => t.results));
    for (const { name, events } of vectors) {
      const { native, shared } = results[name];
      if (!isDeepStrictEqual(shared, events)) wrong.push({ cut, name, shared, events });
      const expected = [STRAYS[browser.name][name] ?? events, AT_TIMES[browser.name]?.[name]];
      if (!expected.some((each) => isDeepStrictEqual(native, each))) wrong.push({ cut, name, native, events });
    }
  }
  assert.deepEqual(wrong, []);
}

/** Inside the first CR LF or code point of several bytes; in the middle of what has neither. */
function weakest(bytes) {
  const at = bytes.findIndex((byte, at) => byte >> 6 === 2 || (byte === 10 && bytes[at - 1] === 13));
  return at > 0 ? at : bytes.length >> 1;
}
