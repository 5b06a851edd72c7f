import assert from 'node:assert/strict';

export const title = 'a second stream is STREAM_LIMIT unless it is allowed, other options are OPTIONS_CONFLICT';

export async function run(scene) {
  const { stream, server } = scene;
  const first = await scene.connect(['settle', 'chat'], { replay: { events: 7 } });
  await scene.connected([first]);

  // Served all the same, with what the first one said.
  const other = await scene.connect(['settle', 'chat'], { replay: { events: 9 } });
  await other.waitFor('an error', () => t.errors.length > 0);
  const [{ code, message }] = await other.eval(() => t.errors);
  assert.equal(code, 'OPTIONS_CONFLICT');
  assert.match(message, /replay\.events/);
  await scene.connected([first, other]);
  assert.equal(stream.total, 1);

  const elsewhere = server.stream(`${stream.name}-2`);
  const second = await scene.open();
  const refused = await second.eval((url) => {
    t.connect(url);
    return t.subscribe('chat').catch(({ code }) => code);
  }, `${scene.url}-2?token=secret`);
  assert.equal(refused, 'STREAM_LIMIT');
  const [told] = await second.eval(() => t.errors);
  assert.equal(told.code, 'STREAM_LIMIT');
  assert.match(told.message, new RegExp(`${scene.url}.*maxStreamsPerOrigin`));
  assert.doesNotMatch(told.message, /secret/);
  assert.deepEqual(await second.eval(() => [t.hub.status, t.statuses.at(-1)[1]]), ['closed', 'rejected']);
  assert.equal(elsewhere.total, 0);

  stream.push({ event: 'chat', id: '1', data: 'one' });
  await scene.settle([first, other]);
  for (const tab of [first, other]) await scene.received(tab, [['chat', '1', 'one']]);
  assert.deepEqual(await first.eval(() => t.errors), []);
}
