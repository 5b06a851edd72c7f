import assert from 'node:assert/strict';
import { SILENT_DEATH } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'with resume.persist a tab goes on where all tabs had been that are closed';

const options = { resume: { persist: true } };

export async function run(scene) {
  const { stream } = scene;
  const first = await scene.connect(['chat'], options);
  await scene.connected([first]);
  const push = (id) => stream.push({ event: 'chat', id, data: `data ${id}` });
  const event = (id) => ['chat', id, `data ${id}`];
  for (const id of ['1', '2', '3']) push(id);
  await scene.received(first, ['1', '2', '3'].map(event));
  await first.waitFor('the id is kept', kept, '3');

  // Closed for longer than the grace: the connection is gone, and with the last tab the worker.
  await first.close();
  await waitFor('the connection is gone', () => stream.connections === 0, {
    limit: scene.secure ? LIMIT : SILENT_DEATH,
  });
  for (const id of ['4', '5']) push(id);
  const second = await scene.connect(['chat'], options);
  await scene.connected([second]);
  push('6');
  await scene.received(second, ['4', '5', '6'].map(event));
  assert.equal(stream.last.query.lastEventId, '3');
  assert.deepEqual(await second.eval(() => t.gaps), []);
  assert.deepEqual(await second.eval(() => t.errors), []);
  assert.ok(
    await second.eval(() => t.statuses.some(([status, , resumed]) => status === 'open' && resumed === 'unknown')),
  );

  // Another principal gets nothing of it, and signing out forgets it.
  await second.waitFor('the id is kept', kept, '6');
  const other = await scene.connect(['chat'], { ...options, principal: 'another' });
  await scene.connected([other]);
  assert.equal(stream.last.query.lastEventId, undefined);
  await other.eval(() => t.hub.close({ everywhere: true }));
  // After 2 s it resolves even where the storage is not done yet.
  await waitFor('the id is forgotten', async () => !(await other.eval(kept, '6')));
  const last = await scene.connect(['chat'], options);
  await scene.connected([last]);
  assert.equal(stream.last.query.lastEventId, undefined);
}

/** Whether the id is in the database. Runs in the page. */
function kept(id) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('tabmux');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      if (!database.objectStoreNames.contains('ids')) return resolve(false);
      const reading = database.transaction('ids').objectStore('ids').getAll();
      reading.onsuccess = () => {
        database.close();
        resolve(reading.result.some(([value]) => value === id));
      };
    };
  });
}
