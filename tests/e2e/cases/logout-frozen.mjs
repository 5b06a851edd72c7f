import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a tab that was frozen while another signed out shows nothing of the old session';
/** The other drivers have no means to freeze a tab. */
export const browsers = ['chromium'];

export async function run(scene) {
  const { stream } = scene;
  const asleep = await scene.connect(['chat']);
  const awake = await scene.connect(['chat']);
  await scene.connected([asleep, awake]);
  stream.push({ event: 'chat', id: '1', data: 'before' });
  for (const tab of [asleep, awake]) await scene.received(tab, [['chat', '1', 'before']]);

  await asleep.freeze(awake);
  for (const id of ['2', '3']) {
    stream.push({ event: 'chat', id, data: 'of the old session' });
    await awake.waitFor(`event ${id}`, (last) => t.hub.lastEventId === last, id);
  }
  await awake.eval(() => t.hub.close({ everywhere: true }));
  await waitFor('the connection is closed', () => stream.connections === 0);

  await asleep.thaw();
  await asleep.waitFor('closed', () => t.hub.status === 'closed');
  await scene.received(asleep, [['chat', '1', 'before']]);
  assert.equal(await asleep.eval(() => t.statuses.at(-1)[1]), 'everywhere');
  assert.equal(stream.connections, 0);
}
