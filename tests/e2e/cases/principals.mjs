import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'another principal ends the stream of the one before in all tabs, and nobody fights over it';

export async function run(scene) {
  const { stream } = scene;
  const ann = { principal: 'ann' };
  const bob = { principal: 'bob' };
  const tabs = [];
  for (let n = 0; n < 3; n++) tabs.push(await scene.connect(['settle', 'chat'], ann));
  await scene.connected(tabs);
  stream.push({ event: 'chat', id: '1', data: 'to ann' });
  await scene.settle(tabs);

  // One of them sleeps through the change: it has left for the back/forward cache.
  const [sleeper, ...awake] = tabs;
  await sleeper.eval(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  const newcomer = await scene.connect(['settle', 'chat'], bob, { replay: 10 });
  for (const tab of awake) await tab.waitFor('closed', () => t.hub.status === 'closed');
  await scene.connected([newcomer]);
  assert.equal(stream.last.query.lastEventId ?? null, null, 'no id of the one before');

  // It wakes and finds the stream taken: it does not take it back.
  await sleeper.eval(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await sleeper.waitFor('closed', () => t.hub.status === 'closed');
  for (const tab of tabs)
    assert.deepEqual(await tab.eval(() => t.statuses.at(-1)), ['closed', 'principal-changed', null]);

  stream.push({ event: 'chat', id: '2', data: 'to bob' });
  await scene.settle([newcomer]);
  await scene.received(newcomer, [['chat', '2', 'to bob']]);
  for (const tab of tabs) await scene.received(tab, [['chat', '1', 'to ann']]);
  await waitFor('one connection', () => stream.connections === 1);
  assert.equal(await newcomer.eval(() => t.hub.status), 'open');

  // To connect anew is to sign in anew: then it is hers again.
  await scene.join(sleeper, ['settle', 'chat'], ann);
  await scene.connected([sleeper]);
  await newcomer.waitFor('closed in turn', () => t.hub.status === 'closed');
}
