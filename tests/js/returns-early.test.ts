import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { page, sayEarly, settle, transition, workers } from './page.js';

// In a file of its own: the chunk on demand is not there yet.
test('what a port brought before the code on demand was there is not heard as the next port’s', async () => {
  page.silent = true;
  const got: string[] = [];
  connect('/events').subscribe('a', ({ data }) => got.push(data));
  await Promise.resolve();
  sayEarly('one');
  transition('pagehide', true);
  page.silent = false;
  await settle();
  assert.deepEqual(got, []);
  assert.deepEqual(workers[1]?.port.acks, []);
  assert.equal(workers[1]?.port.of('attach')[0]?.position, undefined);
});
