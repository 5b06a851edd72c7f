import { Bursts, LEAST } from '../circle.mjs';
import { SILENT_DEATH } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title =
  'when the worker dies in a long burst that goes by a BroadcastChannel, each tab has every event once, or is told';
/** The other drivers have no means to end a worker from outside. */
export const browsers = ['chromium'];

export async function run(scene) {
  const { stream } = scene;
  const bursts = new Bursts(scene);
  for (let n = 0; n < LEAST; n++) await bursts.open();
  const tabs = [...bursts.tabs.keys()];
  await scene.connected(tabs);
  // Without Web Locks a visible tab finds out by three pings that no one answers, and tells the others.
  const limit = scene.secure ? LIMIT : SILENT_DEATH;
  for (const tab of tabs) tab.limit = limit;
  await bursts.onAir();
  // That of a test before may be on its way out.
  await waitFor('one worker', async () => (await scene.browser.sharedWorkers()).length === 1);
  bursts.push();
  bursts.push();
  await scene.browser.killSharedWorkers();
  bursts.push();
  await waitFor('a new worker connects', () => stream.total === 2 && stream.connections === 1, { limit });
  await bursts.receivedOrTold();
  await bursts.onAir();
}
