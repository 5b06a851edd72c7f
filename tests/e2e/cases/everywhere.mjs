import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'close({ everywhere: true }) ends the stream in every tab, and nothing of it comes after';

export async function run(scene) {
  const { stream } = scene;
  const tabs = [];
  for (let n = 0; n < 4; n++) tabs.push(await scene.connect(['settle', 'chat']));
  await scene.connected(tabs);
  stream.push({ event: 'chat', id: '1', data: 'before' });
  await scene.settle(tabs);

  const [first, ...others] = tabs;
  // Resolves when every awake tab has confirmed, at the latest after 2 s; the rest is for a busy machine.
  const took = await first.eval(async () => {
    const began = performance.now();
    await t.hub.close({ everywhere: true });
    return performance.now() - began;
  });
  assert.ok(took < 6000, `resolved after ${Math.round(took)} ms`);
  for (const tab of others) await tab.waitFor('closed', () => t.hub.status === 'closed');
  for (const tab of tabs) assert.deepEqual(await tab.eval(() => t.statuses.at(-1)), ['closed', 'everywhere', null]);
  await waitFor('the connection is gone', () => stream.connections === 0);
  const before = stream.total;

  // The next session is another one: who joins it hears it, the tabs of the one before hear nothing and stay out.
  const next = await scene.connect(['settle', 'chat']);
  await scene.connected([next]);
  assert.equal(stream.total, before + 1);
  assert.equal(stream.last.query.lastEventId ?? null, null, 'no id of the session before');
  stream.push({ event: 'chat', id: '2', data: 'after' });
  await scene.settle([next]);
  await scene.received(next, [['chat', '2', 'after']]);
  assert.equal(await scene.tabsInStats(next), 1);
  for (const tab of tabs) {
    await scene.received(tab, [['chat', '1', 'before']]);
    assert.deepEqual(await tab.eval(() => [t.hub.status, t.gaps, t.errors]), ['closed', [], []]);
    assert.equal(await tab.eval(() => t.subscribe('chat').catch(({ code }) => code)), 'CLOSED');
  }
}
