import { readFile } from 'node:fs/promises';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a tab that closes while it loads the worker or its wasm takes nobody with it';

const FILES = { 'worker.js': 'text/javascript', 'hub.wasm': 'application/wasm' };

/**
 * One tab asks for the worker, a file of which does not come, and closes. In WebKit it has asked for the script for all tabs,
 * and they get the `error` event of its request; the wasm is asked for by a worker that ends with it.
 */
export async function run(scene) {
  for (const [file, type] of Object.entries(FILES)) await leave(scene, file, type);
}

async function leave(scene, file, type) {
  const { server } = scene;
  const path = `/tabmux/${file}`;
  const body = await readFile(new URL(`../../../pkg/${file}`, import.meta.url));
  const waiting = [];
  let isHeld = true;
  const give = (response) => response.writeHead(200, { 'content-type': type }).end(body);
  const giveAll = () => {
    isHeld = false;
    waiting.splice(0).forEach(give);
  };
  server.handlers.set(path, (_, response) => (isHeld ? waiting.push(response) : give(response)));
  const tabs = [];
  try {
    for (let n = 0; n < 3; n++) {
      const tab = await scene.open();
      tabs.push(tab);
      await tab.eval(
        (url, options) => {
          t.connect(url, options);
          t.subscribe('settle').catch(() => {});
        },
        scene.url,
        // A URL of its own, so that no worker of another test answers.
        { workerUrl: `/tabmux/worker.js?without-${file}` },
      );
      if (n === 0) await waitFor('the file is asked for', () => waiting.length > 0);
    }
    const [loader, ...others] = tabs;
    isHeld = false;
    await loader.close();
    // Where the request was not that tab's it is waited for yet.
    giveAll();
    await scene.connected(others);
    await scene.settle(others);
    for (const tab of others) await tab.close();
    await waitFor('the connection is closed', () => scene.stream.connections === 0);
  } finally {
    giveAll();
    server.handlers.delete(path);
  }
}
