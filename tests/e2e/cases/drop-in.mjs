import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'SharedEventSource behaves as EventSource does, over one connection';

export async function run(scene) {
  const { stream } = scene;
  const tabs = [];
  for (let n = 0; n < 3; n++) {
    const tab = await scene.open();
    await tab.eval((url) => t.openSource(url, {}, ['order']), scene.url);
    await tab.waitFor('open', () => t.source.readyState === 1);
    tabs.push(tab);
  }
  await waitFor('one connection', () => stream.connections === 1);
  const [a, b, c] = tabs;
  assert.deepEqual(
    await a.eval(() => {
      const { constructor: Source } = t.source;
      return [t.source.url, t.source.withCredentials, Source.CONNECTING, Source.OPEN, Source.CLOSED, t.source.CLOSED];
    }),
    [`${scene.server.origin(scene.host)}${scene.url}`, false, 0, 1, 2, 2],
  );

  stream.push({ id: '1', data: 'first' }).push({ event: 'order', id: '2', data: '{"n":1}' }).push({ event: 'other' });
  stream.push({ id: '3', data: 'last' });
  const expected = [
    ['open', 1],
    ['message', 'first', '1'],
    ['order', '{"n":1}', '2'],
    ['message', 'last', '3'],
  ];
  for (const tab of tabs) {
    await tab.waitFor('the last event', () => t.dispatched.some(([, data]) => data === 'last'));
    assert.deepEqual(await tab.eval(() => t.dispatched), expected);
  }

  // One that closes is CLOSED at once and silent; the others go on.
  const closed = await a.eval(() => {
    t.source.close();
    return t.source.readyState;
  });
  assert.equal(closed, 2);
  stream.push({ id: '4', data: 'to two' });
  for (const tab of [b, c]) await tab.waitFor('the event', () => t.dispatched.some(([, data]) => data === 'to two'));
  assert.deepEqual(await a.eval(() => t.dispatched), expected);

  // Where the native one gives up for good, this one goes on trying.
  stream.respond({ status: 503 });
  stream.drop();
  for (const tab of [b, c]) {
    await tab.waitFor('an error while CONNECTING', () =>
      t.dispatched.some(([type, state]) => type === 'error' && state === 0),
    );
  }
  stream.respond(null);
  stream.push({ id: '5', data: 'missed' });
  for (const tab of [b, c]) {
    await tab.waitFor('what was missed', () => t.dispatched.some(([, data]) => data === 'missed'));
    assert.equal(await tab.eval(() => t.source.readyState), 1);
  }
  assert.equal(stream.connections, 1);
}
