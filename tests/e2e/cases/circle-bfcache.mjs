import assert from 'node:assert/strict';
import { Bursts, LEAST } from '../circle.mjs';
import { kept } from './bfcache.mjs';

export const title = 'a page that hears a BroadcastChannel of a stream enters the back/forward cache as any other';

/** WebKit keeps a page whether a channel is open or not, so that it says nothing there (and see decisions/0011). */
export const browsers = ['chromium', 'firefox'];

const TRIPS = 4;

export async function run(scene) {
  const { server } = scene;
  // With `no-store` no engine keeps a page.
  server.overrides.set('/client.html', { headers: { 'cache-control': 'no-cache' } });
  const bursts = new Bursts(scene);
  for (let n = 0; n < LEAST; n++) await bursts.open();
  const tab = await bursts.open();
  await scene.connected([...bursts.tabs.keys()]);
  const due = kept(scene, TRIPS);
  let count = 0;
  for (let trip = 0; trip < (due ? TRIPS : 1); trip++) {
    await bursts.onAir();
    await tab.eval((n) => {
      window.trip = n;
    }, trip);
    const from = bursts.tabs.get(tab);
    bursts.forget(tab);
    // What is on its way when the page leaves comes when it is back; what is on air meanwhile would throw it out.
    bursts.push();
    await tab.goto(`${server.origin(scene.host)}/client.html?away`);
    await bursts.onAir();
    await tab.back();
    await scene.ready(tab);
    if ((await tab.eval(() => window.trip ?? null)) === trip) {
      count += 1;
      bursts.tabs.set(tab, from);
    } else await bursts.join(tab);
    await bursts.received();
  }
  await bursts.onAir();
  assert.ok(due ? count >= due : count === 0, `${count} times kept`);
}
