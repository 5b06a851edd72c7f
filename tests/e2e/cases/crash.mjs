import { SILENT_DEATH } from '../context.mjs';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a tab whose renderer crashes is found, and the others go on';
/** The other drivers can't crash one tab. */
export const browsers = ['chromium'];

export async function run(scene) {
  const { stream } = scene;
  const tabs = [];
  for (let n = 0; n < 4; n++) tabs.push(await scene.connect(['settle', 'chat'], { reconnect: { initialDelay: 250 } }));
  // The worker may live in a crashed tab's process and die with it; without Web Locks it takes pings to find out.
  if (!scene.secure) for (const tab of tabs) tab.limit = SILENT_DEATH;
  await scene.connected(tabs);
  const [first, second, third, fourth] = tabs;

  stream.push({ event: 'chat', id: '1', data: 'before' });
  await scene.settle(tabs);
  await fourth.crash();
  stream.push({ event: 'chat', id: '2', data: 'between' });
  // Without Web Locks (plain http) only the pings tell of it.
  await waitFor('the crashed tab is forgotten', async () => (await scene.tabsInStats(second)) === 3, {
    limit: SILENT_DEATH,
  });
  await first.crash();
  stream.push({ event: 'chat', id: '3', data: 'after' });
  await scene.settle([second, third]);
  for (const tab of [second, third]) {
    await scene.received(tab, [
      ['chat', '1', 'before'],
      ['chat', '2', 'between'],
      ['chat', '3', 'after'],
    ]);
  }
  await waitFor('one connection', () => stream.connections === 1);
}
