import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { radio } from '../../js/fence.js';

// A channel is open, which Node stays for.
after(() => setImmediate(() => process.exit()));

test('only the last word opens the fence, and once: what was asked before it is answered no more', async () => {
  Object.assign(globalThis, { location: new URL('http://app.test/worker.js') });
  const heard: number[] = [];
  const old = radio(0, (gen) => heard.push(gen));
  const other = radio(1, () => {});
  const opened: string[] = [];
  await new Promise<void>((done) => {
    old.fence(() => opened.push('first'));
    other.announce();
    // Asked again before the first word is back, as after a second sleep.
    old.fence(() => {
      opened.push('second');
      done();
    });
  });
  assert.deepEqual([opened, heard], [['second'], [1]]);
});

test('what other scripts of the origin say there is passed over', async () => {
  const heard: unknown[] = [];
  const own = radio(0, (gen) => heard.push(gen));
  const other = radio(1, () => {});
  const stranger = new BroadcastChannel('tabmux:worker');
  const of = 'http://app.test/worker.js';
  for (const word of [null, undefined, 7n, 'x', [], { of }, { of, gen: 2n }, { of, gen: '2' }, { of, gen: {} }]) {
    stranger.postMessage(word);
  }
  await new Promise<void>((done) => {
    other.announce();
    own.fence(done);
  });
  stranger.close();
  assert.deepEqual(heard, [1]);
});
