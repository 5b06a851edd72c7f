import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
after(() => server.close());

function open(name) {
  const stream = server.stream(name);
  const page = worker.page();
  const url = `${server.origin('127.0.0.1')}/sse/${name}`;
  page.attach(url, { reconnect: RECONNECT, maxStreamsPerOrigin: 100 });
  return { stream, page };
}

const loadsOfFetch = () => worker.loads.filter((name) => name === 'fetch.wasm').length;

// In this order: what is loaded once stays loaded.
test('T-7: the fetch transport that does not load is told, asked for again with every attempt, and then used', async () => {
  assert.deepEqual(worker.loads, ['hub.wasm'], 'not before it is needed');
  const { stream, page } = open('missing');
  worker.failures.push(
    () => new Response('', { status: 404 }),
    () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
    () => new Response('', { status: 502 }),
    () => Promise.reject(new TypeError('Failed to fetch')),
  );
  await page.until('the return', ({ statuses }) => statuses.some(({ status }) => status === 'open'));
  const told = page.errors.map(({ code, detail }) => `${code} ${detail}`);
  assert.equal(told.length, 4, told.join('\n'));
  assert.equal(told[0], 'WORKER_LOAD fetch: wasm-http 404');
  assert.match(told[1], /^WORKER_LOAD fetch: wasm ./);
  assert.deepEqual(told.slice(2), ['NETWORK fetch: wasm-http 502', 'NETWORK fetch: wasm Failed to fetch']);
  assert.equal(loadsOfFetch(), 5);
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
