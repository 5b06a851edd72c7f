import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { SILENT_CLOSE } from '../context.mjs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'a page whose code on demand is gone is told so by all it asks for, and keeps no connection open';

const [chunk] = readdirSync(new URL('../../../pkg/', import.meta.url)).filter((file) =>
  /^lifecycle-.*\.js$/.test(file),
);

export async function run(scene) {
  const { server, stream } = scene;
  const other = await scene.connect(['chat']);
  await scene.connected([other]);
  // An old page after a new deploy.
  server.overrides.set(`/tabmux/${chunk}`, { status: 404 });
  const tab = await scene.open();
  const settled = await tab.eval(async (url) => {
    t.connect(url);
    const code = ({ code }) => code;
    const iterator = t.hub.events('chat');
    return Promise.all([
      t.subscribe('chat').catch(code),
      t.hub.stats().catch(code),
      iterator.next().catch(code),
      t.hub.close({ everywhere: true }).catch(code),
    ]);
  }, scene.url);
  assert.deepEqual(settled, ['WORKER_LOAD', 'WORKER_LOAD', 'WORKER_LOAD', 'WORKER_LOAD']);
  const [status, codes, message] = await tab.eval(() => [
    t.hub.status,
    t.errors.map(({ code }) => code),
    t.errors[0].message,
  ]);
  assert.equal(status, 'closed');
  assert.deepEqual([...new Set(codes)], ['WORKER_LOAD']);
  assert.match(message, /reload the page/);
  // What it asks for later settles as well; an engine may or may not load the file then.
  await tab.eval(() => t.hub.stats().catch(() => {}));

  await other.close();
  // The deaf page may keep the worker alive: on plain http the last word of the other one may be cut off, as in `tab-close`.
  const limit = scene.secure ? LIMIT : SILENT_CLOSE;
  await waitFor('the deaf page holds no connection', () => stream.connections === 0, { limit });
}
