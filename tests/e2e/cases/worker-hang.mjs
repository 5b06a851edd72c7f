import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a worker that hangs is replaced, and delivers nothing when it wakes';
/** The other drivers have no means to stop a worker. */
export const browsers = ['chromium'];

export async function run(scene) {
  const { stream, browser } = scene;
  const hidden = await scene.connect(['chat']);
  const shown = await scene.connect(['chat']);
  await scene.connected([hidden, shown]);
  const event = (id) => ['chat', id, `data ${id}`];
  const push = (id) => stream.push({ event: 'chat', id, data: `data ${id}` });
  push('1');
  await scene.received(hidden, [event('1')]);
  await scene.received(shown, [event('1')]);

  // From here on only the visible tab is asked anything: asking the other one would show it.
  const wake = await browser.hangSharedWorker();
  push('2');
  await waitFor('a successor connects', () => stream.total === 2, { limit: 60_000 });
  await scene.received(shown, [event('1'), event('2')]);
  assert.equal(await shown.eval(async () => (await t.hub.stats()).generation), 1);
  assert.equal(stream.connections, 2, 'one that hangs keeps its connection');

  push('3');
  await wake();
  await waitFor('the one that was replaced has closed', () => stream.connections === 1);
  push('4');
  for (const tab of [shown, hidden]) {
    await scene.received(tab, ['1', '2', '3', '4'].map(event));
    assert.deepEqual(await tab.eval(() => t.gaps), []);
    assert.equal(await tab.eval(async () => (await t.hub.stats()).generation), 1);
  }
  assert.equal(await scene.tabsInStats(shown), 2);

  // Whoever comes now finds the old one first, and is sent on.
  const late = await scene.connect(['chat']);
  assert.equal(await late.eval(async () => (await t.hub.stats()).generation), 1);
  assert.equal(stream.connections, 1);
}
