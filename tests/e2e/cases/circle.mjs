import assert from 'node:assert/strict';
import { Bursts, LEAST } from '../circle.mjs';
import { waitFor } from '../driver/wait.mjs';

export const title = 'long bursts to several tabs go by one BroadcastChannel, while tabs come, go, and hear no more';

export async function run(scene) {
  const bursts = new Bursts(scene);
  const tabs = [];
  while (tabs.length < LEAST - 1) tabs.push(await bursts.open());
  await scene.connected(tabs);
  bursts.push();
  await bursts.received();
  for (const tab of tabs) assert.equal(await tab.eval(() => t.air.open), 0, 'so few need none');
  tabs.push(await bursts.open());
  await bursts.onAir();
  const [, second] = tabs;
  const last = tabs.at(-1);
  for (const tab of tabs) assert.equal(await tab.eval(() => t.air.open), 1);

  // One comes in the middle: what it has begins with some event, and goes on from there.
  const late = await scene.open();
  await bursts.during(async () => {
    await late.eval(() => t.watchAir());
    await scene.join(late, ['chat']);
    await late.waitFor('an event', () => t.events.length > 0);
  });
  bursts.tabs.set(late, Number(await late.eval(() => t.events[0][1])));
  await bursts.received();
  await bursts.onAir();

  // One unsubscribes.
  bursts.forget(last);
  await bursts.during(async () => {
    await last.eval(() => t.unsubscribe('chat'));
    const had = await last.eval(() => t.events.length);
    await second.eval(() => {
      t.seen = t.events.length;
    });
    await second.waitFor('more', () => t.events.length > t.seen);
    assert.equal(await last.eval(() => t.events.length), had);
  });
  await bursts.received();
  // One leaves the stream.
  await bursts.during(() => last.eval(() => t.hub.close()));
  assert.equal(await last.eval(() => t.air.open), 0);
  await bursts.received();
  await bursts.onAir();

  // One closes, which is not the one that has made the worker: WebKit's may go with it all the same.
  bursts.forget(late);
  const { total } = scene.stream;
  await bursts.during(() => late.close());
  await bursts.receivedOrMoved(total);
  // One less is left than there have to be.
  const fresh = await bursts.open();
  await bursts.onAir();
  assert.deepEqual([...bursts.tabs.keys()], [...tabs.slice(0, -1), fresh]);
  await waitFor('one connection', () => scene.stream.connections === 1);
}
