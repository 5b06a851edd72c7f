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
