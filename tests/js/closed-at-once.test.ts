import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { settle, workers } from './page.js';

// The first of its page: what ends a hub object has yet to be loaded.
test('what is closed in the task that made it asks for nothing, and what is made again after it is all there', async () => {
  const first = connect('/s');
  const gone = first.subscribe('a', () => {});
  first.close();
  await settle();
  const said = () => workers.at(-1)?.port.of('attach') ?? [];
  assert.deepEqual(said(), []);
  await assert.rejects(gone.ready, { code: 'CLOSED' });
  const again = connect('/s');
  again.subscribe('a', () => {});
  await settle();
  assert.equal(said().length, 1);
  assert.equal(again.status, 'idle');
});
