import assert from 'node:assert/strict';

export const title = 'SharedEventSource refuses what EventSource refuses, in the same way';

export async function run(scene) {
  const tab = await scene.open();
  assert.deepEqual(
    await tab.eval(() => {
      try {
        t.openSource('http://[');
        return 'no error';
      } catch (error) {
        return [error instanceof DOMException, error.name];
      }
    }),
    [true, 'SyntaxError'],
  );
  await tab.eval(() => t.openSource('foo://bar'));
  await tab.waitFor('CLOSED with an error event', () => t.source.readyState === 2 && t.dispatched.length > 0);
  assert.deepEqual(await tab.eval(() => t.dispatched), [['error', 2]]);
}
