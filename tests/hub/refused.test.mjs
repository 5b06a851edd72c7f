import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWorker } from './worker.mjs';

test('A-5: a request for the wasm that gets no response is made once more before anybody is told', async () => {
  const nothing = () => Promise.reject(new TypeError('Load failed'));
  const worker = await startWorker('http://127.0.0.1', [nothing]);
  const page = worker.page();
  await page.until('welcome', () => page.isWelcome);
  assert.deepEqual([worker.loads, page.errors], [['hub.wasm', 'hub.wasm'], []]);
  await worker.end();
});
