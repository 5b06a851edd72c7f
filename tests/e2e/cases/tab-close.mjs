import assert from 'node:assert/strict';
import { SILENT_DEATH } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'tabs that close or reload are forgotten, and the others miss nothing';

export async function run(scene) {
  const { stream } = scene;
  const tabs = [];
  for (let n = 0; n < 5; n++) tabs.push(await scene.connect(['settle', 'chat']));
  await scene.connected(tabs);
  const [first, second, third, ...rest] = tabs;
  const sent = [];
  const push = (data) => {
    const id = String(sent.length + 1);
    sent.push(['chat', id, data]);
    stream.push({ event: 'chat', id, data });
  };

  push('to five');
  // One engine runs the worker's script anew when the tab that made it goes: until an id has come, nothing says from where
  // on the next connection is to go on, and a `gap` is told instead.
  for (const tab of tabs) await scene.received(tab, sent);
  // The first tab made the worker.
  await first.close();
  push('to four');
  await second.close();
  push('to three');
  // On plain http the last word of a closing tab may be cut off (Firefox): its silence tells as well.
  const limit = scene.secure ? LIMIT : SILENT_DEATH;
  await waitFor('two tabs are forgotten', async () => (await scene.tabsInStats(third)) === 3, { limit });
  for (let n = 0; n < 3; n++) {
    await third.reload();
    await scene.ready(third);
    push(`during reload ${n}`);
  }
  // Where the worker went with its maker, what was pushed meanwhile comes late: before the page joins, not after.
  for (const tab of rest) await scene.received(tab, sent);
  await scene.join(third, ['settle', 'chat']);
  push('to three again');
  await scene.settle([third, ...rest]);

  for (const tab of rest) await scene.received(tab, sent);
  const after = await third.eval(() => t.events.map(([, , data]) => data));
  assert.deepEqual(after, ['to three again'], 'a reloaded page begins anew');
  await waitFor('no tab is counted twice', async () => (await scene.tabsInStats(third)) === 3, { limit });
  // In WebKit the worker may have moved once more just now.
  await waitFor('one connection', () => stream.connections === 1);
}
