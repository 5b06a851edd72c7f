import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startWorker } from '../hub/worker.mjs';
import { startServer } from '../server/server.mjs';
import { startNginx } from './nginx.mjs';

// The built worker in Node, and between it and the server an nginx as it is set up by default: it speaks HTTP/1.0 to the
// server and buffers what that answers.

let server;
let nginx;
let worker;
before(async () => {
  server = await startServer();
  nginx = await startNginx(
    `location / { proxy_pass ${server.origin('127.0.0.1')}; proxy_http_version 1.0; }
     location /zipped/ { proxy_pass ${server.origin('127.0.0.1')}/; proxy_http_version 1.0;
       gzip on; gzip_proxied any; gzip_types text/event-stream; gzip_min_length 0; }`,
  );
  worker = await startWorker(nginx.origin());
});
after(async () => {
  // What is still in its grace would go on trying.
  const page = worker?.page();
  page?.say({ t: 'close-everywhere', r: 1 });
  await page?.until('no stream', ({ closedEverywhere }) => closedEverywhere);
  page?.close();
  await nginx?.close();
  await server?.close();
});

let count = 0;

function open({ headers = {}, path = '' } = {}) {
  const stream = server.stream(`p${++count}`);
  stream.headers = headers;
  const page = worker.page();
  page.attach(`${nginx.origin()}${path}/sse/${stream.name}`, { maxStreamsPerOrigin: 100 });
  return { stream, page };
}

test('a stream that nginx holds back until its end is said to be held back', { timeout: 60_000 }, async () => {
  const { stream, page } = open({ headers: { 'x-accel-buffering': 'yes' } });
  await waitFor('a request', () => stream.connections === 1);
  for (let id = 1; id <= 3; id++) stream.push({ id: String(id), data: 'held back' });
  // So long a silence is told from a short stream (T-4).
  const end = setTimeout(() => stream.end(), 5_500);
  await page.until('the error', ({ errors }) => errors.length > 0);
  clearTimeout(end);
  assert.deepEqual([page.errors[0].code, page.errors[0].detail], ['NETWORK', 'buffered']);
  assert.equal(page.events.length, 3, 'and nothing was lost');
  page.close();
});

test('X-Accel-Buffering: no lets every event through at once', async () => {
  for (const path of ['', '/zipped']) {
    const { stream, page } = open({ path });
    await page.until('open', ({ statuses }) => statuses.some(({ status }) => status === 'open'));
    for (let id = 1; id <= 3; id++) {
      stream.push({ id: String(id), data: `${path}${id}` });
      await page.until(`event ${id}`, ({ events }) => events.length === id);
    }
    assert.deepEqual(page.errors, []);
    assert.equal(stream.connections, 1);
    page.close();
  }
});
