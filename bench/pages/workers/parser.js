/**
 * Parsers in a worker, each from the same chunks of bytes to events with id and data as strings: the package's own module
 * for fetched streams, and eventsource-parser behind a TextDecoder. Both read the chunks from one reader that has them at
 * hand, so that no network is measured.
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

/** Until the module asks for it: its `fetch` is answered by the stream under test. */
let body;
const ownFetch = globalThis.fetch;
globalThis.fetch = (...args) => (body ? Promise.resolve(body) : ownFetch(...args));

Promise.all([import('/peers/eventsource-parser.js'), import('/built/fetch-glue.js'), load()]).then(
  ([{ createParser }, glue, module]) => {
    glue.initSync({ module });
    parsers = {
      tabmux: (reader, event) => own(glue, reader, event),
      'eventsource-parser': (reader, event) => peer(createParser, reader, event),
    };
    for (const port of ports) port.postMessage({ value: 'ready' });
  },
  (error) => {
    for (const port of ports) port.postMessage({ error: String(error) });
  },
);

async function load() {
  return WebAssembly.compile(await (await ownFetch('/app/fetch.wasm')).arrayBuffer());
}

async function run(parse, size) {
  const { chunks, count, bytes } = stream(size);
  let events = 0;
  let units = 0;
  let ids = 0;
  const reader = readerOf(chunks);
  const began = performance.now();
  await parse(reader, (id, data) => {
    events += 1;
    units += data.length;
    // Read, so that the text is there and not promised.
    if (data.charCodeAt(0) === 120 && id.length > 0) ids += 1;
  });
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
  while (text.length < STREAM) text += `id: ${count++}\nevent: order_update\ndata: ${'x'.repeat(SIZE)}\n\n`;
  const bytes = new TextEncoder().encode(text);
  const once = [];
  for (let at = 0; at < bytes.length; at += size) once.push(bytes.slice(at, at + size));
  return {
    chunks: Array.from({ length: TIMES }, () => once).flat(),
    count: count * TIMES,
    bytes: bytes.length * TIMES,
  };
}

function readerOf(chunks) {
  let at = 0;
  return {
    read: () => Promise.resolve(at < chunks.length ? { done: false, value: chunks[at++] } : { done: true }),
  };
}

/** Words of the module (`fetch/src/tell.rs`). */
const EVENT = 0;
const ENDED = 9;

function own({ open }, reader, event) {
  return new Promise((resolve) => {
    body = {
      status: 200,
      headers: new Headers({ 'content-type': 'text/event-stream' }),
      body: { getReader: () => reader },
    };
    let last = '';
    // In the order of `fetch/src/request.rs`: only URL, and the limits, count here.
    const request = ['/', 'omit', undefined, undefined, undefined, 1 << 24, 1 << 24, ''];
    open(request, new AbortController().signal, (what, _, id, data) => {
      if (what === EVENT) {
        if (id !== undefined) last = id;
        event(last, data);
      } else if (what === ENDED) resolve();
    });
    body = undefined;
  });
}

async function peer(createParser, reader, event) {
  let last = '';
  const parser = createParser({
    onEvent({ id, data }) {
      if (id !== undefined) last = id;
      event(last, data);
    },
  });
  const decoder = new TextDecoder();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parser.feed(decoder.decode(part.value, { stream: true }));
  }
}
