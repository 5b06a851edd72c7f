/**
 * Parsers in a worker, each from the same chunks of bytes to events with id and data as strings, an event at a time: what
 * the package's worker reads a body with, and eventsource-parser behind a TextDecoder. Both read the chunks from one reader
 * that has them at hand, so that no network is measured.
 */
const SIZE = 200;
const STREAM = 4 << 20;
/** The stream so many times over: the clock of some engines ticks a millisecond. */
const TIMES = 16;

const ports = [];
let parsers;
// Before anything is awaited: the first connect would be lost.
globalThis.onconnect = ({ ports: [port] }) => {
  port.onmessage = async ({ data: { what, chunk } }) => {
    try {
      port.postMessage({ value: await run(parsers[what], Number(chunk)) });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
  };
  if (parsers) port.postMessage({ value: 'ready' });
  else ports.push(port);
};

/** What the package's worker asks for is answered by the stream under test. */
const STREAM_URL = '/under-test';
let reader;
const ownFetch = globalThis.fetch;
globalThis.fetch = (...args) => (args[0] === STREAM_URL ? Promise.resolve(response(reader)) : ownFetch(...args));

Promise.all([import('/peers/eventsource-parser.js'), import('/app/fetch-for.js')]).then(
  ([{ createParser }, { fetchFor }]) => {
    parsers = {
      tabmux: (source, event) => own(fetchFor, source, event),
      'eventsource-parser': (source, event) => peer(createParser, source, event),
      limit: sliced,
    };
    for (const port of ports) port.postMessage({ value: 'ready' });
  },
  (error) => {
    for (const port of ports) port.postMessage({ error: String(error) });
  },
);

async function run(parse, size) {
  const { chunks, count, bytes, places } = stream(size);
  let events = 0;
  let units = 0;
  let ids = 0;
  const source = readerOf(chunks);
  const began = performance.now();
  await parse(
    source,
    (id, data) => {
      events += 1;
      units += data.length;
      // Read, so that the text is there and not promised.
      if (data.charCodeAt(0) === 120 && id.length > 0) ids += 1;
    },
    places,
  );
  const time = performance.now() - began;
  if (events !== count || ids !== count || units !== count * SIZE) {
    throw new Error(`void: ${events} of ${count} events, ${units} units, ${ids} ids`);
  }
  return bytes / time / 1000;
}

/** The same bytes as `core/benches/sse.rs` has, in chunks of a size. */
function stream(size) {
  let text = '';
  let count = 0;
  const events = [];
  while (text.length < STREAM) {
    const id = text.length + 4;
    text += `id: ${count++}\n`;
    const idEnd = text.length - 1;
    text += `event: order_update\ndata: ${'x'.repeat(SIZE)}\n\n`;
    events.push([id, idEnd, text.length - 2 - SIZE, text.length - 2]);
  }
  const bytes = new TextEncoder().encode(text);
  const once = [];
  /** For each chunk: how many events it completes, where their id and data lie in what is left and the chunk, and what is left. */
  const places = [];
  let from = 0;
  let next = 0;
  for (let at = 0; at < bytes.length; at += size) {
    once.push(bytes.slice(at, at + size));
    const first = next;
    while (next < count && events[next][3] + 2 <= at + size) next += 1;
    const whole = events.slice(first, next);
    const base = from;
    if (next > first) from = events[next - 1][3] + 2;
    places.push(whole.length, ...whole.flat().map((place) => place - base), from - base);
  }
  return {
    chunks: Array.from({ length: TIMES }, () => once).flat(),
    count: count * TIMES,
    bytes: bytes.length * TIMES,
    places,
  };
}

function readerOf(chunks) {
  let at = 0;
  return {
    read: () => Promise.resolve(at < chunks.length ? { done: false, value: chunks[at++] } : { done: true }),
  };
}

const response = (source) => ({
  status: 200,
  headers: new Headers({ 'content-type': 'text/event-stream' }),
  body: { getReader: () => source },
});

// Words of `core/src/word.rs`.
const EVENT = 0;
const EVENT_WITHOUT_ID = 1;
const ENDED = 10;

function own(fetchFor, source, event) {
  return new Promise((resolve) => {
    reader = source;
    let last = '';
    // In the order of `src/fetch.rs`: only URL, and the limits, count here.
    const request = [STREAM_URL, 'omit', undefined, undefined, undefined, 1 << 24, 1 << 24, ''];
    fetchFor(request, (what, _, id, data) => {
      if (what === EVENT) last = id;
      if (what <= EVENT_WITHOUT_ID) event(last, data);
      else if (what === ENDED) resolve();
    });
  });
}

async function peer(createParser, source, event) {
  let last = '';
  const parser = createParser({
    onEvent({ id, data }) {
      if (id !== undefined) last = id;
      event(last, data);
    },
  });
  const decoder = new TextDecoder();
  for (let part = await source.read(); !part.done; part = await source.read()) {
    parser.feed(decoder.decode(part.value, { stream: true }));
  }
}

/** No parser: where id and data lie is known beforehand. What decoding and slicing alone take. */
async function sliced(source, event, places) {
  const decoder = new TextDecoder();
  let text = '';
  let at = 0;
  for (let part = await source.read(); !part.done; part = await source.read()) {
    text += decoder.decode(part.value, { stream: true });
    if (at === places.length) at = 0;
    const count = places[at++];
    const end = at + 4 * count;
    for (; at < end; at += 4) {
      event(text.slice(places[at], places[at + 1]), text.slice(places[at + 2], places[at + 3]));
    }
    text = text.slice(places[at++]);
  }
}
