import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { settle, welcome, workers } from './page.js';

// In a file of its own: the chunk on demand is not there yet.
test('who connects where all have left before the code on demand was there is attached', async () => {
  connect('/events').close();
  await Promise.resolve();
  assert.deepEqual(workers[0]?.port.of('attach'), []);

  const got: string[] = [];
  connect('/events').subscribe('a', ({ data }) => got.push(data));
  await settle();
  const stream = await welcome();
  assert.equal(stream.of('attach').length, 1);
  stream.ready(1);
  stream.events(['a', '1', 'one']);
  await settle();
  assert.deepEqual(got, ['one']);
});
