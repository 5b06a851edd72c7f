import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title =
  'a page that leaves and comes back goes on where it was, from the back/forward cache where there is one';

/** Whether the engine keeps the page. Firefox keeps none that has asked for a Web Lock (decisions/0011). */
const KEEPS = {
  chromium: () => true,
  firefox: ({ secure }) => !secure,
  webkit: () => true,
};

export async function run(scene) {
  const { stream, server, browser } = scene;
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

  let kept = true;
  for (let trip = 0; trip < 3 && kept; trip++) {
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
    kept = (await tab.eval(() => window.trip ?? null)) === trip;
    if (!kept) break;
    await scene.received(tab, sent);
    push(`back ${trip}`);
    await scene.settle([watcher, tab]);
    await scene.received(tab, sent);
    assert.deepEqual(await tab.eval(() => [t.gaps, t.errors, t.hub.status]), [[], [], 'open']);
  }
  assert.equal(kept, KEEPS[browser.name](scene));
  await scene.received(watcher, sent);
  if (!kept) {
    await scene.join(tab, ['settle', 'chat']);
    push('anew');
    await scene.settle([watcher, tab]);
    await scene.received(tab, [sent.at(-1)]);
  }
  await waitFor('one connection', () => stream.connections === 1);
}
