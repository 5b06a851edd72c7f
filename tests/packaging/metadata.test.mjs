import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { PKG, pack } from './pack.mjs';

const require = createRequire(import.meta.url);

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: PKG, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test('attw finds the types in every mode that ESM has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tabmux-attw-'));
  try {
    const { tarball } = pack(folder);
    const cli = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist', 'index.js');
    // The package is ESM alone, and a wasm file has no types.
    const args = [
      tarball,
      '--profile',
      'esm-only',
      '--exclude-entrypoints',
      './hub.wasm',
      './fetch.wasm',
      '--no-color',
      '--no-emoji',
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the tarball holds what exports names, the licences and no source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tabmux-pack-'));
  try {
    const { files } = pack(folder);
    const { exports } = JSON.parse(readFileSync(join(PKG, 'package.json'), 'utf8'));
    const named = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of named)
      assert.ok(files.includes(target.slice(2)), `${target} is in exports, not in the tarball`);
    for (const name of ['README.md', 'LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE', 'bin/tabmux.mjs']) {
      assert.ok(files.includes(name), name);
    }
    assert.deepEqual(
      files.filter((name) => name.endsWith('.wasm')),
      ['fetch.wasm', 'hub.wasm'],
    );
    assert.deepEqual(
      files.filter(
        (name) =>
          !/\.d\.ts$|\.js$|^(package\.json|(hub|fetch)\.wasm|README\.md|LICENSE.*|bin\/tabmux\.mjs)$/.test(name),
      ),
      [],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every entry imports in Node and does nothing there', () => {
  for (const entry of ['index.js', 'auto.js']) {
    const script = `import(${JSON.stringify(join(PKG, entry))}).then(() => console.log('imported'))`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'imported\n');
    assert.equal(stderr, '');
  }
});
