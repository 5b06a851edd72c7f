import assert from 'node:assert/strict';
import test from 'node:test';

test('on a server every entry can be imported, and connect() gives a hub on which nothing happens', async () => {
  const before = Object.keys(globalThis).sort();
  const { connect } = await import('../../js/index.js');
  const { SharedEventSource } = await import('../../js/shared-event-source.js');
  await import('../../js/auto.js');
  const hub = connect('/events');
  const sub = hub.subscribe('a', () => {});
  await sub.ready;
  for await (const _ of hub.events('a')) assert.fail();
  assert.equal(hub.status, 'idle');
  assert.equal(hub.url, '');
  assert.equal(hub.lastEventId, '');
  hub.reconnect();
  await hub.close({ everywhere: true });
  hub.close();
  assert.equal(new SharedEventSource('/events').readyState, 0);
  assert.deepEqual(Object.keys(globalThis).sort(), before);
});
