import assert from 'node:assert/strict';

export const title = 'a tab subscribes and unsubscribes at any time, and catches up by replay';

export async function run(scene) {
  const { stream } = scene;
  const a = await scene.connect(['settle', 'chat']);
  const b = await scene.connect(['settle']);
  await scene.connected([a, b]);

  stream.push({ event: 'chat', id: '1', data: 'one' });
  await scene.settle([a, b]);
  await b.eval(() => t.subscribe('chat'));
  await a.eval(() => t.unsubscribe('chat'));
  stream.push({ event: 'chat', id: '2', data: 'two' });
  await scene.settle([a, b]);
  await scene.received(a, [['chat', '1', 'one']]);
  await scene.received(b, [['chat', '2', 'two']]);

  // A late tab gets what it asks for of the past, marked, then goes on live.
  const late = await scene.connect(['settle']);
  await late.eval(() => t.subscribe('chat', { replay: 1 }));
  stream.push({ event: 'chat', id: '3', data: 'three' });
  await scene.settle([a, b, late]);
  assert.deepEqual(await late.eval(() => t.events), [
    ['chat', '2', 'two', true],
    ['chat', '3', 'three', false],
  ]);
  await scene.received(a, [['chat', '1', 'one']]);

  // Channel names are data, also those that mean something to JavaScript.
  await a.eval(() => Promise.all([t.subscribe('__proto__'), t.subscribe('message'), t.subscribe('constructor')]));
  stream.push({ event: '__proto__', id: '4', data: 'p' }).push({ id: '5', data: 'unnamed' });
  stream.push({ event: 'constructor', id: '6', data: 'c' });
  await scene.settle([a]);
  await scene.received(a, [
    ['chat', '1', 'one'],
    ['__proto__', '4', 'p'],
    ['message', '5', 'unnamed'],
    ['constructor', '6', 'c'],
  ]);
  assert.equal(stream.total, 1);
}
