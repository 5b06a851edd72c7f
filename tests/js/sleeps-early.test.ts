import './page.js';
import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { connect } from '../../js/connect.js';
import { FakeStream, fakeDocument, page, settle, stopClock, workers } from './page.js';

// In a file of its own: the chunk on demand is not there yet.
test('before the code on demand is there a page may be shown, which is said, and sleep, after which it asks first', async () => {
  stopClock();
  page.silent = true;
  fakeDocument.hidden = true;
  const got: string[] = [];
  connect('/events').subscribe('a', ({ data }) => got.push(data));
  await Promise.resolve();
  const { port } = workers[0] as (typeof workers)[0];
  assert.equal(port.of('hello')[0]?.visible, false);
  fakeDocument.hidden = false;
  port.hangs = true;
  port.say({ t: 'connected', lock: '' });
  port.say({ t: 'welcome', v: 2, build: 'test', epoch: 7, gen: 0, href: 'http://app.test/w.js' });
  port.say({ t: 'attached', s: 1, term: 7 });
  const stream = new FakeStream(port, 1);
  stream.ready(1);
  stream.events(['a', '1', 'of a session that may have ended']);
  // The machine sleeps; elsewhere everything may be closed.
  mock.timers.tick(3_600_000);
  await settle();
  assert.deepEqual(got, []);
  assert.deepEqual(port.of('visible'), [{ t: 'visible', visible: true }]);
  assert.ok(port.of('ping').length > 0);
});
