import assert from 'node:assert/strict';
import { SILENT_DEATH } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'when the worker dies, every tab goes on without a repeat or a loss';
/** The other drivers have no means to end a worker from outside. */
export const browsers = ['chromium'];

export async function run(scene) {
  const { stream } = scene;
  const tabs = [];
  for (let n = 0; n < 4; n++) tabs.push(await scene.connect(['settle', 'chat', `own-${n}`]));
  await scene.connected(tabs);
  // Without Web Locks a visible tab finds out by three pings that no one answers, and tells the others.
  const limit = scene.secure ? LIMIT : SILENT_DEATH;
  for (const tab of tabs) tab.limit = limit;
  const sent = [];
  const push = (event) => {
    const id = String(sent.length + 1);
    sent.push([event, id, `data ${id}`]);
    stream.push({ event, id, data: `data ${id}` });
  };

  for (let n = 0; n < 12; n++) push(n % 3 ? 'chat' : `own-${(n / 3) % 4}`);
  await scene.settle(tabs);
  // Twice, because a third time within a minute is meant to be final; once where each time takes half a minute.
  const deaths = scene.secure ? 2 : 1;
  for (let death = 0; death < deaths; death++) {
    // That of a test before may be on its way out.
    await waitFor('one worker', async () => (await scene.browser.sharedWorkers()).length === 1);
    assert.equal(await scene.browser.killSharedWorkers(), 1);
    for (let n = 0; n < 8; n++) push(n % 2 ? 'chat' : `own-${n / 2}`);
    await waitFor('a new worker connects', () => stream.total === 2 + death && stream.connections === 1, {
      limit,
      state: () => ({ total: stream.total, connections: stream.connections }),
    });
    await scene.settle(tabs);
  }
  for (const [n, tab] of tabs.entries()) {
    await scene.received(
      tab,
      sent.filter(([channel]) => channel === 'chat' || channel === `own-${n}`),
    );
    assert.deepEqual(await tab.eval(() => t.gaps), []);
  }
}
