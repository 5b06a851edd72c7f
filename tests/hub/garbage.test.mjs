import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWorker } from './worker.mjs';

let worker;
after(() => worker?.end());

test('S-4: an attach whose list of subscriptions says it has 67 million entries is a bad message at once', {
  timeout: 60_000,
}, async () => {
  worker = await startWorker('http://app.test');
  const first = worker.page();
  first.say({ t: 'close-everywhere', r: 1 });
  await first.until('the hub', () => first.closedEverywhere);
  const page = worker.page();
  const subs = Object.assign([], { length: 2 ** 26 });
  // Of the processor: on a busy machine the clock says little.
  const before = process.cpuUsage();
  page.say({ t: 'attach', s: 1, kind: 'channel', url: 'http://app.test/', options: {}, subs });
  await page.until('an answer', ({ errors }) => errors.length);
  const { user, system } = process.cpuUsage(before);
  const took = (user + system) / 1000;
  assert.equal(page.errors[0].code, 'BAD_MESSAGE');
  assert.ok(took < 1000, `${took} ms`);
});

test('S-4: what is no message is one BAD_MESSAGE each, and the hub goes on', { timeout: 60_000 }, async () => {
  worker ??= await startWorker('http://app.test');
  const page = worker.page();
  const garbage = [
    ...[
      1,
      10n,
      null,
      'ping',
      [],
      [1n, 1],
      [1, 1n],
      [1, NaN],
      [-0.5, 2 ** 53],
      {},
      { t: 5n },
      { t: '__proto__' },
      new Map(),
    ],
    ...[
      { t: 'sub', s: 1, sub: 2 ** 32, channel: 'a', replay: 0 },
      { t: 'detach', s: 1n },
      { t: 'detach', s: [1] },
    ],
    ...[
      { t: 'attach', s: 1, kind: 'channel', url: 'x'.repeat(2 ** 20), options: [[]], subs: [[]] },
      { t: 'bye', at: {} },
    ],
  ];
  for (const [at, message] of garbage.entries()) {
    page.say(message);
    await page.until(`an answer to ${at}`, ({ errors }) => errors.length > at);
  }
  assert.deepEqual([...new Set(page.errors.map(({ code }) => code))], ['BAD_MESSAGE']);
  page.say({ t: 'close-everywhere', r: 1 });
  await page.until('the hub', () => page.closedEverywhere);
  assert.equal(page.errors.length, garbage.length);
  assert.ok(!worker.isClosed);
});
