import { setupBrowsers } from './browsers.mjs';
import { setupCargoTools } from './cargo-tools.mjs';
import { setupNode } from './node.mjs';
import { setupRust } from './rust.mjs';

/** What `npm run build` and `npm run demo` need. */
export async function setupBuild() {
  await setupNode();
  await setupRust();
  await setupCargoTools(['wasm-bindgen', 'wasm-pack']);
}

/** What the tests need on top. */
export async function setupTests() {
  await setupBuild();
  await setupBrowsers();
  await setupCargoTools(['geckodriver']);
}

/** What the static gates need on top of the build. */
export async function setupChecks() {
  await setupBuild();
  await setupCargoTools(['cargo-deny']);
}
