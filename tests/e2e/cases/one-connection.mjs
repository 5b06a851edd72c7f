import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'eight tabs share one connection, and each gets exactly its channels, in order, once';

const TABS = 8;
const EVENTS = 240;

export async function run(scene) {
  const channelsOf = (n) => ['settle', 'all', `own-${n}`, n % 2 ? 'odd' : 'even', ...(n === 0 ? ['message'] : [])];
  const tabs = [];
  for (let n = 0; n < TABS; n++) tabs.push(await scene.connect(channelsOf(n)));
  await scene.connected(tabs);

  const kinds = ['all', 'odd', 'even', 'message', 'nobody', ...tabs.map((_, n) => `own-${n}`)];
  const sent = Array.from({ length: EVENTS }, (_, n) => [kinds[n % kinds.length], String(n + 1), `data ${n}\nline 2`]);
  for (const [event, id, data] of sent) scene.stream.push({ id, data, ...(event === 'message' ? {} : { event }) });
  await scene.settle(tabs);

  for (const [n, tab] of tabs.entries()) {
    const mine = channelsOf(n);
    await scene.received(
      tab,
      sent.filter(([channel]) => mine.includes(channel)),
    );
    assert.deepEqual(await tab.eval(() => [t.gaps, t.errors, t.hub.mode]), [[], [], 'shared-worker']);
  }
  assert.equal(scene.stream.total, 1, 'one request for all of it');
  assert.equal(await tabs[0].eval(() => isSecureContext), scene.secure);
  await waitFor('the hub counts the tabs', async () => (await scene.tabsInStats(tabs[3])) === TABS);
}
