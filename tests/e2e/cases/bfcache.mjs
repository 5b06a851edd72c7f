import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title =
  'a page that leaves and comes back goes on where it was, from the back/forward cache where there is one';

const TRIPS = 4;

/**
 * How many trips at least find the page kept. Firefox keeps none that has asked for a Web Lock (decisions/0011). Of the
 * others it lets one go in some sixty trips: by its own log (`MOZ_LOG=SHIPBFCache:5`) for "requests in the loadgroup", where
 * there is none but the navigation's own.
 */
export function kept({ browser, secure }, trips) {
  if (browser.name !== 'firefox') return trips;
  return secure ? 0 : trips / 2;
}

export async function run(scene) {
  const { stream, server } = scene;
  // With `no-store` no engine keeps a page.
  server.overrides.set('/client.html', { headers: { 'cache-control': 'no-cache' } });
  const watcher = await scene.connect(['settle', 'chat']);
  const tab = await scene.connect(['settle', 'chat']);
  await scene.connected([watcher, tab]);
  const sent = [];
  const push = (data) => {
    const id = String(sent.length + 1);
    sent.push(['chat', id, data]);
    stream.push({ event: 'chat', id, data });
  };
  push('before');
  await scene.settle([watcher, tab]);

  const due = kept(scene, TRIPS);
  let count = 0;
  /** Of what was sent, where the page began: one that is not kept begins anew. */
  let from = 0;
  for (let trip = 0; trip < (due ? TRIPS : 1); trip++) {
    await tab.eval((n) => {
      window.trip = n;
    }, trip);
    // What is on its way when the page leaves comes when it is back; what is sent meanwhile would throw it out.
    push(`leaving ${trip}`);
    await tab.goto(`${server.origin(scene.host)}/client.html?away`);
    for (let n = 0; n < 20; n++) push(`away ${trip} ${n}`);
    await scene.received(watcher, sent);
    await tab.back();
    await scene.ready(tab);
    if ((await tab.eval(() => window.trip ?? null)) === trip) {
      count += 1;
      await scene.received(tab, sent.slice(from));
    } else {
      from = sent.length;
      await scene.join(tab, ['settle', 'chat']);
    }
    push(`back ${trip}`);
    await scene.settle([watcher, tab]);
    await scene.received(tab, sent.slice(from));
    assert.deepEqual(await tab.eval(() => [t.gaps, t.errors, t.hub.status]), [[], [], 'open']);
  }
  assert.ok(due ? count >= due : count === 0, `${count} times kept`);
  await scene.received(watcher, sent);
  await waitFor('one connection', () => stream.connections === 1);
}
