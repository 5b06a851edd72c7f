import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Browser } from '../e2e/driver/browser.mjs';
import { freePort, start, stop } from '../e2e/driver/process.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { installApp } from './pack.mjs';

/** Dependencies of the test's app, not of this repository. */
const REACT = ['react@19.3.1', 'react-dom@19.3.1'];
const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
let app;
let server;
let browser;
let program;
let origin;

before(async () => {
  app = installApp(fileURLToPath(new URL('./react-app', import.meta.url)), REACT);
  server = await startServer();
  browser = await Browser.launch('chromium', { proxyPort: server.port });
  const port = await freePort();
  origin = `http://localhost:${port}`;
  // React mounts twice in development alone, which is what the dev server serves.
  program = start(process.execPath, [vite, '--port', String(port), '--strictPort', '--host', 'localhost'], {}, app.app);
  const answers = () =>
    fetch(origin).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor('Vite answers', answers, { state: () => program.output });
  // Vite reloads a page when it finds a dependency: that is over once this one runs.
  const first = await open(server.stream('first'));
  await first.close();
});
after(async () => {
  await stop(program);
  await browser?.quit();
  await server?.close();
  app?.remove();
});

async function open(stream) {
  stream.cors = { origin: true };
  const tab = await browser.open(`${origin}/?stream=${encodeURIComponent(`${server.origin()}/sse/${stream.name}`)}`);
  await waitFor('one connection', () => stream.connections === 1, {
    state: () => ({ total: stream.total, vite: program.output }),
  });
  return tab;
}

test('React’s StrictMode: mounted twice, each component hears each event once, and no request is made for nothing', async () => {
  const stream = server.stream('strict');
  const tab = await open(stream);
  assert.deepEqual(await tab.eval(() => window.mounts), { Channel: 2, DropIn: 2 });
  const heard = (expected) =>
    tab.waitFor(
      `both have heard ${expected}`,
      (text) => ['channel', 'drop-in'].every((id) => document.getElementById(id)?.textContent === text),
      expected,
    );
  stream.push({ event: 'tick', id: '1', data: 'a' });
  stream.push({ event: 'tick', id: '2', data: 'a' });
  await heard('a,a');
  // Away and back within the grace: the same connection.
  await tab.eval(() => window.show(false));
  await tab.waitFor('nothing is shown', () => !document.getElementById('channel'));
  await tab.eval(() => window.show(true));
  await tab.waitFor('mounted again', () => window.mounts.Channel === 4 && window.mounts.DropIn === 4);
  let n = 2;
  // What is sent before the hub has the new subscriptions is not theirs.
  await waitFor('an event', () => {
    stream.push({ event: 'tick', id: String(++n), data: 'b' });
    return tab.eval(() => ['channel', 'drop-in'].every((id) => document.getElementById(id).textContent));
  });
  stream.push({ event: 'tick', id: String(++n), data: 'c' });
  await tab.waitFor('the last', () =>
    ['channel', 'drop-in'].every((id) => document.getElementById(id).textContent.endsWith(',c')),
  );
  for (const id of ['channel', 'drop-in']) {
    const text = await tab.eval((name) => document.getElementById(name).textContent, id);
    assert.match(text, /^b(,b)*,c$/);
    assert.ok(text.split(',').length <= n - 2, `${id}: ${text} of ${n - 2} that were sent`);
  }
  assert.deepEqual(await tab.eval(() => window.problems), []);
  assert.deepEqual([stream.total, stream.connections], [1, 1]);
  await tab.eval(() => window.show(false));
  await waitFor('it is let go', () => stream.connections === 0);
});
