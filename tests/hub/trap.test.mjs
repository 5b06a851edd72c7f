import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startWorker } from './worker.mjs';

test('A-5: a trap in what a promise has called ends the worker, and every page is told', async () => {
  const worker = await startWorker('http://127.0.0.1');
  const pages = [worker.page(), worker.page()];
  // What is no trap is nothing that the hub's state hangs on.
  worker.dispatch('unhandledrejection', { reason: new TypeError('some') });
  assert.equal(worker.isClosed, false);
  worker.dispatch('unhandledrejection', { reason: new WebAssembly.RuntimeError('unreachable') });
  await waitFor('its end', () => worker.isClosed);
  for (const page of pages) {
    assert.equal(await page.until('word of it', ({ died }) => died), 'unreachable');
  }
  await worker.end();
});
