import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Browser } from '../e2e/driver/browser.mjs';
import { startServer } from '../server/server.mjs';
import { installApp } from './pack.mjs';
import { twoTabs } from './two-tabs.mjs';

/** A dependency of the test's app, not of this repository. */
const WEBPACK = 'webpack@5.112.2';

let app;
let browser;

before(async () => {
  app = installApp(fileURLToPath(new URL('./app', import.meta.url)), [WEBPACK]);
  browser = await Browser.launch('chromium', { proxyPort: 0 });
});
after(async () => {
  await browser?.quit();
  app?.remove();
});

/** Serve `dist` and its stream from one origin, as most apps have it. */
async function serve(dist, script, query = '') {
  writeFileSync(join(dist, 'index.html'), `<!doctype html><title>an app</title>${script}`);
  const server = await startServer({ mounts: { '/': dist } });
  try {
    await twoTabs(browser, `${server.origin()}/index.html?stream=/sse/s${query}`, server.stream('s'));
    return server.fetched;
  } finally {
    await server.close();
  }
}

const command = (...args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: app.app, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
};

test('webpack 5 without a configuration for it: one worker, each wasm file once, one connection', async () => {
  const dist = join(app.app, 'webpack');
  writeFileSync(
    join(app.app, 'webpack-build.cjs'),
    `const config = { mode: 'production', entry: './main.js', output: { path: ${JSON.stringify(dist)} } };
    require('webpack')(config, (error, stats) => {
      if (error) throw error;
      console.log(stats.toString({ all: false, errors: true, warnings: true }));
      process.exit(stats.hasErrors() ? 1 : 0);
    });`,
  );
  assert.equal(command('webpack-build.cjs').trim(), '', 'webpack warns of nothing');
  const files = readdirSync(dist);
  assert.equal(files.filter((file) => file.endsWith('.wasm')).length, 2, files.join(', '));
  for (const [query, count] of [
    ['', 1],
    // The fetch transport is loaded where it is used.
    ['&transport=fetch', 2],
  ]) {
    const fetched = await serve(dist, '<script defer src="/main.js"></script>', query);
    assert.equal(fetched.filter((path) => path.endsWith('.wasm')).length, count, fetched.join(', '));
  }
});

test('esbuild with the files that `tabmux init` copies', async () => {
  const dist = join(app.app, 'esbuild');
  const { warnings } = await build({
    absWorkingDir: app.app,
    entryPoints: ['main.js'],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outdir: dist,
    logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
  command(join('node_modules', 'tabmux', 'bin', 'tabmux.mjs'), 'init', 'esbuild');
  for (const query of ['', '&transport=fetch']) {
    await serve(dist, '<script type="module" src="/main.js"></script>', `&worker=/worker.js${query}`);
  }
});
