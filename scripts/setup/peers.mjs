import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

/** The packages that tabmux is compared with, pinned by a lock file of their own: nobody else needs them. */
export const PEERS = inRoot('tests', 'peers');

const STAMP = inRoot('tests', 'peers', 'node_modules', '.lock-hash');

/** `npm ci` in tests/peers, unless what is there is of this lock file. */
export async function setupPeers() {
  const wanted = createHash('sha256')
    .update(readFileSync(inRoot('tests', 'peers', 'package-lock.json')))
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.log('setup: the peers to compare with (npm ci in tests/peers)');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', args, { cwd: PEERS });
  writeFileSync(STAMP, wanted);
}

/** A crate, which cargo fetches with those of the core's benches. */
const CRATE = 'eventsource-stream';

/** `{ name: version }` as installed. */
export function peerVersions() {
  const { dependencies } = JSON.parse(readFileSync(inRoot('tests', 'peers', 'package.json'), 'utf8'));
  const version = (name) =>
    JSON.parse(readFileSync(inRoot('tests', 'peers', 'node_modules', name, 'package.json'), 'utf8')).version;
  const locked = readFileSync(inRoot('Cargo.lock'), 'utf8').match(`name = "${CRATE}"\nversion = "(.*)"`)[1];
  return { ...Object.fromEntries(Object.keys(dependencies).map((name) => [name, version(name)])), [CRATE]: locked };
}
