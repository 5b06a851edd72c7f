import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Browser } from '../e2e/driver/browser.mjs';
import { freePort, start, stop } from '../e2e/driver/process.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { installApp } from './pack.mjs';
import { twoTabs } from './two-tabs.mjs';

// An app with no configuration at all: what Vite does by default has to be enough.
const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
let app;
let server;
let browser;

before(async () => {
  app = installApp(fileURLToPath(new URL('./app', import.meta.url)));
  server = await startServer();
  browser = await Browser.launch('chromium', { proxyPort: server.port });
});
after(async () => {
  await browser?.quit();
  await server?.close();
  app?.remove();
});

test('the dev server: events reach two tabs over one connection', async () => {
  await serve([], async (origin) => {
    await open(origin, server.stream('dev'));
    await open(origin, server.stream('dev-fetch'), '&transport=fetch');
  });
});

test('a build: events reach two tabs over one connection, from one worker and two wasm files', async () => {
  const build = start(process.execPath, [vite, 'build', '--logLevel', 'warn'], {}, app.app);
  const code = await build.exited;
  await stop(build);
  assert.equal(code, 0, build.output);
  assert.equal(build.output, '', 'Vite warns of nothing');
  const dist = join(app.app, 'dist');
  const files = readdirSync(dist, { recursive: true }).filter((file) => statSync(join(dist, file)).isFile());
  assert.equal(files.filter((file) => file.endsWith('.wasm')).length, 2, files.join(', '));
  assert.equal(files.filter((file) => /worker[^/]*\.js$/.test(file)).length, 1, files.join(', '));
  await serve(['preview'], async (origin) => {
    await open(origin, server.stream('build'));
    await open(origin, server.stream('build-fetch'), '&transport=fetch');
  });
});

async function serve(command, body) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const args = [vite, ...command, '--port', String(port), '--strictPort', '--host', 'localhost'];
  const program = start(process.execPath, args, {}, app.app);
  try {
    await waitFor(
      'Vite answers',
      () =>
        fetch(origin).then(
          (response) => response.ok,
          () => false,
        ),
      {
        state: () => program.output,
      },
    );
    await body(origin);
  } catch (error) {
    error.message += `\nVite said: ${program.output}`;
    throw error;
  } finally {
    await stop(program);
  }
}

/** The stream is of another origin than the app, which Vite serves. */
async function open(origin, stream, query = '') {
  stream.cors = { origin: true };
  const url = `${origin}/?stream=${encodeURIComponent(`${server.origin()}/sse/${stream.name}`)}${query}`;
  await twoTabs(browser, url, stream);
}
