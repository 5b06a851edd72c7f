import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const template = fileURLToPath(new URL('../../pkg-template', import.meta.url));
let base;
let app;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'tabmux-init-'));
  app = join(base, 'app');
  cpSync(template, join(base, 'tabmux'), { recursive: true });
  release('1');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{\n\t"name": "app"\n}\n');
});
afterEach(() => rmSync(base, { recursive: true }));

/** Make the installed package hold other contents, as an upgrade does. */
function release(version) {
  writeFileSync(join(base, 'tabmux', 'worker.js'), `/*! tabmux worker ${version} */`);
  writeFileSync(join(base, 'tabmux', 'hub.wasm'), `wasm ${version}`);
  writeFileSync(join(base, 'tabmux', 'fetch.wasm'), `fetch ${version}`);
}

function tabmux(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(base, 'tabmux', 'bin', 'tabmux.mjs'), ...args], {
    cwd: app,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const read = (...path) => readFileSync(join(app, ...path), 'utf8');

test('init copies worker and wasm and names the workerUrl', () => {
  const { status, stdout } = tabmux('init', 'public/tabmux');
  assert.equal(status, 0);
  assert.equal(read('public', 'tabmux', 'worker.js'), '/*! tabmux worker 1 */');
  assert.equal(read('public', 'tabmux', 'hub.wasm'), 'wasm 1');
  assert.equal(read('public', 'tabmux', 'fetch.wasm'), 'fetch 1');
  assert.match(stdout, /workerUrl: '\/tabmux\/worker\.js'/);
  assert.equal(read('package.json'), '{\n\t"name": "app"\n}\n', 'nothing is noted without --save');
  assert.match(tabmux('init', 'public/tabmux').stdout, /up to date.*worker\.js\nup to date.*hub\.wasm/);
});

test('init upgrades its own copies without being asked twice', () => {
  tabmux('init', 'w');
  release('2');
  assert.equal(tabmux('init', 'w').status, 0);
  assert.equal(read('w', 'worker.js'), '/*! tabmux worker 2 */');
  assert.equal(read('w', 'hub.wasm'), 'wasm 2');
  assert.equal(read('w', 'fetch.wasm'), 'fetch 2');
});

test('init --save notes directory and checksums, and init alone copies there again', () => {
  assert.equal(tabmux('init', 'static/mux', '--save').status, 0);
  const { tabmux: noted, name } = JSON.parse(read('package.json'));
  assert.equal(name, 'app');
  assert.equal(noted.directory, 'static/mux');
  assert.match(noted.files['worker.js'], /^sha256-/);
  assert.match(read('package.json'), /^\t"tabmux": \{$/m, 'the indentation stays');
  release('2');
  assert.equal(tabmux('init').status, 0);
  assert.equal(read('static', 'mux', 'worker.js'), '/*! tabmux worker 2 */');
  assert.notEqual(JSON.parse(read('package.json')).tabmux.files['worker.js'], noted.files['worker.js']);
});

test('init leaves foreign and edited files alone unless forced', () => {
  mkdirSync(join(app, 'w'));
  writeFileSync(join(app, 'w', 'worker.js'), 'mine');
  const refused = tabmux('init', 'w');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /worker\.js is not tabmux's.*--force/);
  assert.equal(read('w', 'worker.js'), 'mine');
  assert.equal(tabmux('init', 'w', '--force', '--save').status, 0);
  assert.equal(read('w', 'worker.js'), '/*! tabmux worker 1 */');

  writeFileSync(join(app, 'w', 'worker.js'), '/*! tabmux worker 1 */ edited');
  release('2');
  const edited = tabmux('init');
  assert.equal(edited.status, 1);
  assert.match(edited.stderr, /was changed since it was copied/);
  assert.match(read('w', 'worker.js'), /edited/);
});

test('misuse names the remedy and exits with 1', () => {
  for (const [args, message] of [
    [['init'], /no directory given.*init <dir> --save/],
    [['instal', 'x'], /no command "instal"/],
    [['init', 'a', 'b'], /one directory/],
    [['init', 'a', '--sav'], /Unknown option/],
    [['init', 'package.json'], /not a directory/],
  ]) {
    const { status, stderr } = tabmux(...args);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, message);
    assert.match(stderr, /Usage: tabmux init/);
    assert.doesNotMatch(stderr, /at .*tabmux\.mjs/, 'no stack');
  }
  assert.equal(tabmux('--help').status, 0);
});
