/** Parsers of Node and of the core, over the same events; MB/s, the best of some runs. */
import { pathToFileURL } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { capture } from '../../scripts/lib/run.mjs';

const CHUNK = 65_536;
const RUNS = 21;
const OVER_SOCKET = 100_000;

/**
 * glibc keeps what was freed: 64 MB that the kernel has to hand out anew each time, page by page, take eight times as long
 * to fill as 1 MB that is at hand, whoever fills them.
 */
const KEEP = { MALLOC_MMAP_THRESHOLD_: String(2 ** 30), MALLOC_TRIM_THRESHOLD_: String(2 ** 31) };

/** What `core/benches/sse.rs` prints: figures by the name of the case. */
export function natively() {
  const printed = capture('cargo', ['bench', '-q', '-p', 'tabmux-core', '--bench', 'sse'], { env: KEEP });
  if (printed === null) throw new Error('cargo bench failed');
  return Object.fromEntries(
    [...printed.matchAll(/^(\w+) +([\d.]+)/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

export const PEERS = {
  'eventsource-parser': parser,
  eventsource: overSocket('eventsource', 'dist/index.js'),
  undici: overSocket('undici', 'index.js'),
};

const load = (name, file) => import(pathToFileURL(inRoot('tests', 'peers', 'node_modules', name, file)));

/** Given bytes, as the core is: the peer takes text, so decoding is part of its way. */
async function parser() {
  const { createParser } = await load('eventsource-parser', 'dist/index.js');
  const { chunks, length, count } = stream();
  let best = 0;
  for (let run = 0; run < RUNS; run++) {
    let events = 0;
    const { feed } = createParser({
      onEvent({ data }) {
        if (data.length === 200) events += 1;
      },
    });
    const decoder = new TextDecoder();
    const began = performance.now();
    for (const chunk of chunks) feed(decoder.decode(chunk, { stream: true }));
    const time = performance.now() - began;
    if (events !== count) throw new Error(`eventsource-parser: void, ${events} of ${count} events`);
    best = Math.max(best, length / time / 1000);
  }
  return best;
}

/** The same bytes as `core/benches/sse.rs` has. */
function stream() {
  let text = '';
  let count = 0;
  while (text.length < 1 << 20) text += `id: ${count++}\nevent: order_update\ndata: ${'x'.repeat(200)}\n\n`;
  const bytes = new TextEncoder().encode(text);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += CHUNK) chunks.push(bytes.subarray(at, at + CHUNK));
  return { chunks, length: bytes.length, count };
}

let streams = 0;

/** An EventSource: from the first event to the last, by one clock. */
function overSocket(name, file) {
  return async ({ server }) => {
    const { EventSource } = await load(name, file);
    const path = `node${++streams}`;
    const source = new EventSource(`${server.origins[1]}/sse/${path}`);
    try {
      await new Promise((resolve, reject) => {
        source.addEventListener('open', resolve);
        source.addEventListener('error', () => reject(new Error(`${name}: no connection`)));
      });
      let events = 0;
      let began;
      const time = new Promise((resolve) => {
        source.addEventListener('tick', ({ data, lastEventId }) => {
          began ??= performance.now();
          if (data.length === 200 && Number(lastEventId) === events + 1) events += 1;
          if (Number(lastEventId) === OVER_SOCKET) resolve(performance.now() - began);
        });
      });
      const { bytes } = await server.call('burst', { name: path, count: OVER_SOCKET, bytes: 200, pages: 0, limit: 1 });
      const ms = await time;
      if (events !== OVER_SOCKET) throw new Error(`${name}: void, ${events} of ${OVER_SOCKET} events`);
      return bytes / ms / 1000;
    } finally {
      source.close();
    }
  };
}
