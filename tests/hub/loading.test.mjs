import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { startWorker } from './worker.mjs';

const RECONNECT = { initialDelay: 250, maxDelay: 250, jitter: false };

let server;
let worker;
before(async () => {
  server = await startServer();
  worker = await startWorker(server.origin('127.0.0.1'));
});
after(async () => {
  await worker?.end();
  await server.close();
});

function open(name) {
  const stream = server.stream(name);
  const page = worker.page();
  const url = `${server.origin('127.0.0.1')}/sse/${name}`;
  page.attach(url, { reconnect: RECONNECT, maxStreamsPerOrigin: 100 });
  return { stream, page };
}

const loadsOfFetch = () => worker.loads.filter((name) => name === 'fetch.wasm').length;

// In this order: what is loaded once stays loaded.
test('T-7: a load of the fetch transport that hangs is given up after 20 s, and begun anew', async (t) => {
  assert.deepEqual(worker.loads, ['hub.wasm'], 'not before it is needed');
  const patience = [];
  const limits = [];
  t.mock.method(AbortSignal, 'timeout', (ms) => {
    const limit = new AbortController();
    patience.push(ms);
    limits.push(limit);
    return limit.signal;
  });
  const { page } = open('hanging');
  const hang = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  worker.failures.push(hang, () => new Response('', { status: 404 }));
  await waitFor('the load', () => loadsOfFetch() === 1);
  assert.deepEqual(patience, [20_000]);
  assert.deepEqual(page.errors, []);
  limits[0].abort(new DOMException('too late', 'TimeoutError'));
  await page.until('the next attempt', ({ errors }) => errors.length === 2);
  const told = page.errors.map(({ code, detail }) => `${code} ${detail}`);
  assert.deepEqual(told, ['NETWORK fetch: wasm too late', 'WORKER_LOAD fetch: wasm-http 404']);
  assert.deepEqual(patience, [20_000, 20_000]);
  // Or its next attempt takes what the next test means for its own.
  page.say({ t: 'close-everywhere', r: 1 });
  await page.until('its end', ({ closedEverywhere }) => closedEverywhere);
  page.close();
});

test('T-7: the fetch transport that does not load is told, asked for again with every attempt, and then used', async () => {
  const { stream, page } = open('missing');
  // As a worker that has outlived a deploy gets it.
  const { version } = JSON.parse(readFileSync(inRoot('pkg', 'package.json'), 'utf8'));
  const wasm = readFileSync(inRoot('pkg', 'fetch.wasm'), 'latin1');
  assert.ok(wasm.includes(version));
  const otherVersion = Buffer.from(wasm.replace(version, version.replace(/\d/g, '9')), 'latin1');
  const before = loadsOfFetch();
  worker.failures.push(
    () => new Response('', { status: 404 }),
    () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
    () => new Response(otherVersion, { headers: { 'content-type': 'application/wasm' } }),
    () => new Response('', { status: 502 }),
    () => Promise.reject(new TypeError('Failed to fetch')),
  );
  await page.until('the return', ({ statuses }) => statuses.some(({ status }) => status === 'open'));
  const told = page.errors.map(({ code, detail }) => `${code} ${detail}`);
  assert.equal(told.length, 5, told.join('\n'));
  assert.equal(told[0], 'WORKER_LOAD fetch: wasm-http 404');
  assert.match(told[1], /^WORKER_LOAD fetch: wasm ./);
  assert.equal(told[2], 'WORKER_LOAD fetch: wasm of another version');
  assert.deepEqual(told.slice(3), ['NETWORK fetch: wasm-http 502', 'NETWORK fetch: wasm Failed to fetch']);
  assert.equal(loadsOfFetch(), before + 6);
  stream.push({ data: 'after all' });
  await page.until('an event', ({ events }) => events.length === 1);
  page.close();
});

test('T-7: it is loaded once for all streams', async () => {
  const before = loadsOfFetch();
  const { stream, page } = open('second');
  await page.until('open', ({ statuses }) => statuses.some(({ status }) => status === 'open'));
  assert.equal(loadsOfFetch(), before);
  page.close();
  await waitFor('no connection', () => stream.connections === 0);
});
