import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { FakeStream, fakeDocument, page, settle, transition, workers } from './page.js';

// In a file of its own: the chunk on demand is not there yet.
test('what a port brought before the code on demand was there is not heard as the next port’s', async () => {
  page.silent = true;
  fakeDocument.hidden = true;
  const got: string[] = [];
  connect('/events').subscribe('a', ({ data }) => got.push(data));
  await Promise.resolve();
  const { port } = workers[0] as (typeof workers)[0];
  port.say({ t: 'connected', lock: '' });
  port.say({ t: 'welcome', v: 2, build: 'test', epoch: 7, gen: 0, href: 'http://app.test/w.js' });
  port.say({ t: 'attached', s: 1, term: 7 });
  const stream = new FakeStream(port, 1);
  stream.ready(1);
  stream.events(['a', '1', 'one']);
  transition('pagehide', true);
  fakeDocument.hidden = false;
  page.silent = false;
  await settle();
  assert.deepEqual(got, []);
  assert.deepEqual(workers[1]?.port.acks, []);
  assert.equal(workers[1]?.port.of('attach')[0]?.position, undefined);
});
