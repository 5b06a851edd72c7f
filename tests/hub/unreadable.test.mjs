import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { startWorker } from './worker.mjs';

test('A-5: what can no longer be decoded ends the worker, and no stream stays open and deaf', async (t) => {
  const server = await startServer();
  const worker = await startWorker(server.origin('127.0.0.1'));
  t.after(async () => {
    await worker.end();
    await server.close();
  });
  const page = worker.page();
  page.attach(`${server.origin('127.0.0.1')}/sse/s`, {}, ['*']);
  await page.until('open', ({ statuses }) => statuses.some(({ status }) => status === 'open'));
  const failing = t.mock.method(TextDecoder.prototype, 'decode', () => {
    throw new RangeError('no memory');
  });
  server.stream('s').push({ id: '1', data: 'a' });
  await waitFor('its end', () => worker.isClosed);
  failing.mock.restore();
  assert.equal(await page.until('word of it', ({ died }) => died), 'no memory');
});
