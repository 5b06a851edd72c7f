import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWorker } from './worker.mjs';

let worker;
after(() => worker?.end());

test('a page is welcomed once the worker’s own lock is held, and is told its name', async () => {
  const requests = [];
  // Granted when the test says so.
  const request = (name, granted) => new Promise(() => requests.push({ name, granted }));
  worker = await startWorker('http://app.test', [], { locks: { request } });
  const page = worker.page();
  page.say({ t: 'ping' });
  await page.until('an answer', () => page.said.includes('pong'));
  assert.deepEqual([page.said, page.welcome], [['connected', 'pong'], undefined]);
  const [{ name, granted }] = requests;
  granted();
  await page.until('a welcome', () => page.welcome);
  const { lock, href, build, gen } = page.welcome;
  assert.deepEqual([lock, href, typeof build, gen], [name, 'http://app.test/worker.js', 'string', 0]);
  const later = worker.page();
  await later.until('a welcome', () => later.welcome);
});
