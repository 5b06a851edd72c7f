import assert from 'node:assert/strict';
import test from 'node:test';
import { lock } from '../../js/locks.js';

/** How a lock's request ends for the scope that it was made in: the reason, where nobody has taken it. */
function ends(request: (run: () => unknown) => Promise<unknown>, granted: () => void): Promise<unknown> {
  let end: Promise<unknown> | undefined;
  const locks = {
    request: (_name: string, run: () => unknown) => {
      const asked = request(run);
      return { catch: (handle: (error: unknown) => unknown) => (end = asked.catch(handle)) };
    },
  };
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
  lock('name', false, granted);
  assert.ok(end);
  return end.then(
    () => undefined,
    (reason) => reason,
  );
}

test('A-5: a hub that breaks off when it is told of a lock ends as a rejection, which the worker’s scope hears of', async () => {
  const trap = new WebAssembly.RuntimeError('unreachable');
  const granted = () => {
    throw trap;
  };
  assert.equal(await ends(async (run) => run(), granted), trap);
});

test('a lock that is refused while the worker is torn down is nobody’s fault', async () => {
  const refuse = () => Promise.reject(new DOMException('torn down', 'AbortError'));
  assert.equal(await ends(refuse, assert.fail), undefined);
});
