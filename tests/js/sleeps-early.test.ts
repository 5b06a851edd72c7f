import './page.js';
import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { connect } from '../../js/connect.js';
import { fakeDocument, page, sayEarly, settle, stopClock, workers } from './page.js';

// In a file of its own: the chunk on demand is not there yet.
test('before the code on demand is there a page may be shown, which is said, and sleep, after which it asks first', async () => {
  stopClock();
  page.silent = true;
  fakeDocument.hidden = true;
  const got: string[] = [];
  connect('/events').subscribe('a', ({ data }) => got.push(data));
  await Promise.resolve();
  assert.equal(workers[0]?.port.of('hello')[0]?.visible, false);
  fakeDocument.hidden = false;
  const port = sayEarly('of a session that may have ended');
  port.hangs = true;
  // The machine sleeps; elsewhere everything may be closed.
  mock.timers.tick(3_600_000);
  await settle();
  assert.deepEqual(got, []);
  assert.deepEqual(port.of('visible'), [{ t: 'visible', visible: true }]);
  assert.ok(port.of('ping').length > 0);
});
