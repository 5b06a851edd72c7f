/** Parsers of Node and of the core, over the same events; MB/s, the best of some runs. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { capture } from '../../scripts/lib/run.mjs';

const CHUNK = 65_536;
/** As many as `core/benches` has. */
const RUNS = 21;
const EVENT_SOURCE = fileURLToPath(new URL('event-source.mjs', import.meta.url));

/**
 * glibc keeps what was freed: 64 MB that the kernel has to hand out anew each time, page by page, take eight times as long
 * to fill as 1 MB that is at hand, whoever fills them.
 */
const KEEP = { MALLOC_MMAP_THRESHOLD_: String(2 ** 30), MALLOC_TRIM_THRESHOLD_: String(2 ** 31) };

/** What a bench of the core prints, `sse` its own and `eventsource_stream` the crate's: figures by the name of the case. */
export function natively(bench) {
  const printed = capture('cargo', ['bench', '-q', '-p', 'tabmux-core', '--bench', bench], { env: KEEP });
  if (printed === null) throw new Error(`cargo bench --bench ${bench} failed: void, or it can't be built`);
  return Object.fromEntries(
    [...printed.matchAll(/^(\w+) +([\d.]+)/gm)].map(([, name, value]) => [name, Number(value)]),
  );
}

export const PEERS = {
  'eventsource-parser': parser,
  eventsource: overSocket('eventsource', peer('eventsource', 'dist/index.js')),
  undici: overSocket('undici', peer('undici', 'index.js')),
  node: overSocket('node'),
};

/** The address of a file of a peer's package. */
export function peer(name, file) {
  return pathToFileURL(inRoot('tests', 'peers', 'node_modules', name, file)).href;
}

/** Given bytes, as the core is: the peer takes text, so decoding is part of its way. */
async function parser() {
  const { createParser } = await import(peer('eventsource-parser', 'dist/index.js'));
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

/**
 * An EventSource, Node's own without `module`: from the first event to the last, by one clock, once its code is compiled. One that
 * lost or repeated an event throws.
 */
export function overSocket(name, module, { warmUp = 20_000, count = 100_000, limit = 60_000 } = {}) {
  return async ({ server }) => {
    const path = `node${++streams}`;
    const url = `${server.origins[1]}/sse/${path}`;
    const child = fork(EVENT_SOURCE, [url, warmUp, count, ...(module ? [module] : [])], {
      // undici says as well that its own is experimental.
      execArgv: ['--no-warnings', ...(module ? [] : ['--experimental-eventsource'])],
    });
    const ended = once(child, 'exit').then(() => ['error']);
    const says = async () => {
      const [said] = await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(limit) }), ended]);
      if (said === 'error') throw new Error(`${name}: no connection`);
      return said;
    };
    const burst = (rows) => server.call('burst', { name: path, bytes: 200, pages: 0, limit: 1, ...rows });
    try {
      await says();
      const warm = says();
      await burst({ count: warmUp });
      await warm;
      const done = says();
      const { bytes } = await burst({ first: warmUp + 1, count });
      const { time, events } = await done;
      if (events !== warmUp + count) throw new Error(`${name}: void, ${events} of ${warmUp + count} events`);
      return bytes / time / 1000;
    } finally {
      child.kill();
    }
  };
}
