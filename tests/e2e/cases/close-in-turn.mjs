import assert from 'node:assert/strict';
import { SILENT_DEATH } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'tabs close one after another, oldest first, and the one that is left has missed nothing';

const TABS = 8;

export async function run(scene) {
  const { stream } = scene;
  const tabs = [];
  for (let n = 0; n < TABS; n++) tabs.push(await scene.connect(['chat']));
  await scene.connected(tabs);
  const sent = [];
  const push = (data) => {
    const id = String(sent.length + 1);
    sent.push(['chat', id, data]);
    stream.push({ event: 'chat', id, data });
  };

  // Of what was sent before the first id came nothing can be asked for again: a worker that ended so early would be a gap.
  push('to all');
  for (const tab of tabs) await scene.received(tab, sent);

  // WebKit ends a worker with the tab that made it, or moves it: to the tabs it is a death, time and again.
  while (tabs.length > 1) {
    push(`to ${tabs.length}`);
    await tabs.shift().close();
    push(`to ${tabs.length} that are left`);
    for (const tab of tabs) await scene.received(tab, sent);
  }
  const [last] = tabs;
  assert.deepEqual(await last.eval(() => [t.gaps, t.errors, t.hub.status]), [[], [], 'open']);
  // A word said while a tab closes may be lost; without Web Locks its silence has to tell.
  const limit = scene.secure ? LIMIT : SILENT_DEATH;
  await waitFor('the closed tabs are forgotten', async () => (await scene.tabsInStats(last)) === 1, { limit });
  // In WebKit it may have moved once more just now.
  if (scene.browser.name === 'webkit') await waitFor('one connection', () => stream.connections === 1);
  else assert.equal(stream.connections, 1);
}
