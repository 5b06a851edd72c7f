import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { settle, transition, welcome, workers } from './page.js';

// In a file of its own: the chunk on demand is not there yet.
test('a page that goes before its code on demand is there says so, and joins again if it comes back', async () => {
  const hub = connect('/events');
  hub.subscribe('a', () => {});
  await Promise.resolve();
  transition('pagehide', true);
  const [first] = workers;
  assert.deepEqual(
    first?.port.said.map((message) => (message as { t: string }).t),
    ['hello', 'attach', 'bye'],
  );
  assert.ok(first?.port.closed);

  await settle();
  assert.ok(workers.length > 1);
  const stream = await welcome();
  assert.equal(stream.of('attach')[0]?.subs.length, 1);
  // From here on it is said by the code on demand.
  transition('pagehide', false);
  assert.ok(stream.port.of('bye').length > 0);
});
