import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWorker } from './worker.mjs';

let worker;
after(() => worker?.end());

test('S-4: an attach whose list of subscriptions says it has 67 million entries is a bad message at once', {
  timeout: 20_000,
}, async () => {
  worker = await startWorker('http://app.test');
  const first = worker.page();
  first.say({ t: 'close-everywhere', r: 1 });
  await first.until('the hub', () => first.closedEverywhere);
  const page = worker.page();
  const subs = Object.assign([], { length: 2 ** 26 });
  const before = performance.now();
  page.say({ t: 'attach', s: 1, kind: 'channel', url: 'http://app.test/', options: {}, subs });
  await page.until('an answer', ({ errors }) => errors.length);
  const took = performance.now() - before;
  assert.equal(page.errors[0].code, 'BAD_MESSAGE');
  assert.ok(took < 1000, `${took} ms`);
});
