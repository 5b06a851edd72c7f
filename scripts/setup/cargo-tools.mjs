import { existsSync, readFileSync } from 'node:fs';
import { inRoot, TOOLS } from '../lib/paths.mjs';
import { capture, Failure, run } from '../lib/run.mjs';

/**
 * What `cargo install` brings. `locked` is off where the published lock file names versions that the registry no
 * longer has.
 */
const TOOLS_BY_NAME = {
  // The generated glue and the crate have to be of one version, so the lock file decides.
  'wasm-bindgen': { crate: 'wasm-bindgen-cli', version: lockedWasmBindgen, locked: false },
  'wasm-pack': { crate: 'wasm-pack', version: () => '0.15.1', locked: true },
  geckodriver: { crate: 'geckodriver', version: () => '0.37.1', locked: true },
  'cargo-deny': { crate: 'cargo-deny', version: () => '0.20.2', locked: true },
};

/** Install the tools that are missing or of another version; those on PATH with the right one are used as they are. */
export async function setupCargoTools(names) {
  for (const name of names) {
    const { crate, version, locked } = TOOLS_BY_NAME[name];
    const wanted = version();
    if (installedVersion(name) === wanted) continue;
    console.log(`setup: ${crate} ${wanted} (cargo install, some minutes)`);
    await run('cargo', [
      'install',
      crate,
      '--version',
      wanted,
      '--root',
      TOOLS,
      '--quiet',
      ...(locked ? ['--locked'] : []),
    ]);
    if (installedVersion(name) !== wanted)
      throw new Failure(`${name} ${wanted} was installed but is not what PATH finds`);
  }
}

function installedVersion(name) {
  return /(\d+\.\d+\.\d+)/.exec(capture(name, ['--version']) ?? '')?.[1] ?? null;
}

function lockedWasmBindgen() {
  const file = inRoot('Cargo.lock');
  if (!existsSync(file)) throw new Failure('Cargo.lock is missing: it belongs to the repository');
  return /^name = "wasm-bindgen"\nversion = "([^"]+)"/m.exec(readFileSync(file, 'utf8'))[1];
}
