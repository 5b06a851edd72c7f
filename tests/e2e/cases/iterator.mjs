import assert from 'node:assert/strict';

export const title = "events() iterates, and '*' hears every channel that some tab holds";

export async function run(scene) {
  const { stream } = scene;
  const iterating = await scene.connect(['settle']);
  const holder = await scene.connect(['settle', 'held']);
  const all = await scene.connect(['*']);
  await scene.connected([iterating, holder, all]);

  await iterating.eval(() => {
    t.iterated = t.iterate('ticks', 2);
    // Asked after it on the same port, so once this is ready the iterator's subscription is too.
    return t.subscribe('afterwards');
  });
  stream.push({ event: 'ticks', id: '1', data: 'a' }).push({ event: 'held', id: '2', data: 'h' });
  stream.push({ event: 'ticks', id: '3', data: 'b' }).push({ event: 'ticks', id: '4', data: 'c' });
  assert.deepEqual(await iterating.eval(() => t.iterated), ['a', 'b']);
  await scene.settle([iterating, holder, all]);
  await scene.received(holder, [['held', '2', 'h']]);
  await scene.received(all, [
    ['ticks', '1', 'a'],
    ['held', '2', 'h'],
    ['ticks', '3', 'b'],
    ['ticks', '4', 'c'],
  ]);
}
