import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a trap in the worker is told to every tab, and a fresh worker goes on without a repeat or a loss';

/** Put behind the worker's own script: a module whose one function is `unreachable`, run when a page says so. */
const TRAP = `
new BroadcastChannel('trap').onmessage = () => {
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports.f();
};`;

export async function run(scene) {
  const { stream, server } = scene;
  const script = readFileSync(new URL('../../../pkg/worker.js', import.meta.url), 'utf8');
  server.overrides.set('/tabmux/worker.js', { headers: { 'content-type': 'text/javascript' }, body: script + TRAP });
  const tabs = [];
  for (let n = 0; n < 3; n++) tabs.push(await scene.connect(['settle', 'chat', `own-${n}`]));
  await scene.connected(tabs);
  const sent = [];
  const push = (event) => {
    const id = String(sent.length + 1);
    sent.push([event, id, `data ${id}`]);
    stream.push({ event, id, data: `data ${id}` });
  };

  for (let n = 0; n < 9; n++) push(n % 3 ? 'chat' : `own-${n / 3}`);
  await scene.settle(tabs);
  await tabs[0].eval(() => {
    const trap = new BroadcastChannel('trap');
    trap.postMessage('now');
    trap.close();
  });
  for (let n = 0; n < 6; n++) push(n % 2 ? 'chat' : `own-${n / 2}`);
  await waitFor('a new worker connects', () => stream.total === 2 && stream.connections === 1, {
    limit: 20_000,
    state: () => ({ total: stream.total, connections: stream.connections }),
  });
  await scene.settle(tabs);
  for (const [n, tab] of tabs.entries()) {
    await scene.received(
      tab,
      sent.filter(([channel]) => channel === 'chat' || channel === `own-${n}`),
    );
    // All of them were back before the successor decided where to resume.
    assert.deepEqual(await tab.eval(() => t.gaps), []);
  }
}
