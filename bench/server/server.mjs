/**
 * The server of the benchmark, in a process of its own: its CPU time can be told from the harness's, and all times of
 * throughput are taken by its one clock. What is written in a burst is rendered before the clock starts.
 *
 * Speaks with its parent by messages `{ id, op, … }`, each answered by `{ id, result }` or `{ id, error }`.
 */
import { createServer } from 'node:http';
import { readStatic } from '../../tests/server/files.mjs';
import { rows } from './burst.mjs';

// The first message: scripts that were bundled are too long for an argument.
const { mounts, ports: count, isolated, sources } = await new Promise((resolve) => process.once('message', resolve));

/** Open SSE responses by stream. */
const streams = new Map();
/** Reports of pages, and who waits for them. */
let reports = [];
let arrived = () => {};
let bytes = 0;

const headers = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'last-event-id',
  'cache-control': 'no-store',
  // Cross-origin isolated pages have a clock of 5 µs.
  ...(isolated && {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'cross-origin',
  }),
};

/** Of scripts and pages: a site lets a browser keep its own, so a second tab has them. */
const kept = { ...headers, 'cache-control': 'max-age=3600' };

/** Asked for by whoever connects by fetch, and by nobody else: no browser keeps it, so that each time is counted. */
const FETCH = '/app/fetch.wasm';
let fetching = 0;

async function handle(request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (request.method === 'OPTIONS') return void response.writeHead(204, headers).end();
  if (url.pathname.startsWith('/sse/')) return stream(url, request, response);
  if (url.pathname === '/report') return report(request, response);
  if (Object.hasOwn(sources, url.pathname)) {
    return void response.writeHead(200, { ...kept, 'content-type': 'text/javascript' }).end(sources[url.pathname]);
  }
  for (const [prefix, root] of Object.entries(mounts)) {
    const found = url.pathname.startsWith(prefix) && (await read(root, url.pathname.slice(prefix.length)));
    if (!found) continue;
    if (url.pathname === FETCH) fetching += 1;
    const own = url.pathname === FETCH ? headers : kept;
    return void response.writeHead(200, { ...own, 'content-type': found.type }).end(found.body);
  }
  response.writeHead(404, headers).end();
}

/** Files that were read once, or are not there: a site's server has them in memory, and a disk is not what is measured. */
const files = new Map();

async function read(root, path) {
  const key = `${root}/${path}`;
  if (!files.has(key)) files.set(key, await readStatic(root, path));
  return files.get(key);
}

function stream(url, request, response) {
  const name = url.pathname.slice('/sse/'.length);
  const open = streams.get(name) ?? new Set();
  streams.set(name, open);
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', connection: 'close' });
  response.socket.setNoDelay(true);
  open.add(response);
  // `greet`: what the cold start measures, one event at once and then one every so many milliseconds.
  const greet = Number(url.searchParams.get('greet'));
  let timer;
  if (greet > 0) {
    let n = Number(url.searchParams.get('lastEventId') ?? 0);
    const say = () => send(response, `event: tick\nid: ${++n}\ndata: ${n}\n\n`);
    say();
    timer = setInterval(say, greet);
    // Firefox says `open` with the first bytes of the body.
  } else response.write(':\n\n');
  request.on('close', () => {
    clearInterval(timer);
    open.delete(response);
  });
}

function send(response, block) {
  bytes += Buffer.byteLength(block);
  response.write(block);
}

async function report(request, response) {
  let body = '';
  for await (const chunk of request) body += chunk;
  reports.push({ at: performance.now(), ...JSON.parse(body) });
  response.writeHead(204, headers).end();
  arrived();
}

const reported = (wanted, limit) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(new Error(`void: ${reports.length} of ${wanted} tabs had the last event: ${JSON.stringify(reports)}`)),
      limit,
    );
    arrived = () => {
      if (reports.length < wanted) return;
      clearTimeout(timer);
      arrived = () => {};
      resolve();
    };
    arrived();
  });

const operations = {
  connections: ({ name }) => streams.get(name)?.size ?? 0,
  /** How often what connects by fetch was asked for so far. */
  fetching: () => fetching,
  /** Writes the events to every connection of the stream; done when so many pages have reported. Times in ms. */
  async burst({ name, pages, limit, ...shape }) {
    const block = Buffer.from(rows(shape));
    reports = [];
    const from = bytes;
    const start = performance.now();
    for (const response of streams.get(name) ?? []) send(response, block);
    await reported(pages, limit);
    return { time: Math.max(...reports.map(({ at }) => at)) - start, bytes: bytes - from, reports };
  },
  /**
   * Each event by itself to every connection of the stream, `group` of them in a turn of the loop. Gives the bytes, and
   * the CPU time in ms until the system has taken them all; done when so many pages have reported. The first `warmUp`
   * events are written in the same way before: a collection throws compiled code away (decisions/0118).
   */
  async each({ name, group, pages, limit, warmUp = 0, ...shape }) {
    const text = rows(shape);
    const events = text.split(/(?<=\n\n)/);
    const open = [...(streams.get(name) ?? [])];
    const write = async (some) => {
      for (let n = 0; n < some.length; n++) {
        for (const response of open) response.write(some[n]);
        if (n % group === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(open.map((response) => new Promise((resolve) => response.write(':\n\n', resolve))));
    };
    const clocked = events.slice(warmUp);
    reports = [];
    // What is the harness's own, the litter of rendering, is done before.
    globalThis.gc?.();
    await write(events.slice(0, warmUp));
    const written = () => open.reduce((sum, { socket }) => sum + socket.bytesWritten, 0);
    const from = written();
    const before = process.cpuUsage();
    await write(clocked);
    const { user, system } = process.cpuUsage(before);
    await reported(pages, limit);
    return { cpu: (user + system) / 1000, bytes: written() - from, reports };
  },
  /** One event every `every` ms to all connections of the stream, `count` in all. */
  async pace({ name, every, ...shape }) {
    const events = rows(shape).split(/(?<=\n\n)/);
    const start = performance.now();
    for (const [n, event] of events.entries()) {
      const wait = start + n * every - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      for (const response of streams.get(name) ?? []) send(response, event);
    }
  },
  /** Done when so many pages have reported from now on. */
  async reports({ pages, limit }) {
    reports = [];
    await reported(pages, limit);
    return reports;
  },
  /** Ends every connection of the stream. */
  drop({ name }) {
    for (const response of streams.get(name) ?? []) response.end();
  },
};

process.on('message', async ({ id, op, ...args }) => {
  try {
    process.send({ id, result: await operations[op](args) });
  } catch (error) {
    process.send({ id, error: error.message });
  }
});
process.on('disconnect', () => process.exit());

const servers = [];
for (let n = 0; n < count; n++) {
  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
}
process.send({ ports: servers.map((server) => server.address().port) });
