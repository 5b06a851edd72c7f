import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';

test('the types accept what works and refuse what does not', () => {
  const tsc = spawnSync('npx', ['--no-install', 'tsc', '-p', 'tests/js/tsconfig.json'], { encoding: 'utf8' });
  assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
});
