import { rmSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

/** Where wasm-pack puts the glue and the module; the names are known to tsconfig.worker.json as well. */
export const WASM_OUT = inRoot('target', 'wasm');

/**
 * Compile the hub and its glue into target/wasm (`hub.js`, `hub.d.ts`, `hub_bg.wasm`).
 *
 * The standard library is built along, for size and with panics that trap at once: its precompiled form brings the
 * formatting of panic messages and the paths of its sources, a sixth of the whole (decisions/0004). That is still an
 * unstable feature of cargo, hence RUSTC_BOOTSTRAP; the pinned toolchain makes it repeatable.
 */
export async function buildWasm() {
  await run(
    'wasm-pack',
    [
      ...['build', '.', '--target', 'web', '--no-pack', '--profile', 'hub'],
      ...['--out-dir', 'target/wasm', '--out-name', 'hub', '--'],
      ...['-Z', 'build-std=std,panic_abort', '-Z', 'build-std-features=optimize_for_size'],
    ],
    {
      env: {
        // Only warnings and errors: the rest is progress that a log does not need.
        WASM_PACK_LOG: 'warn',
        RUSTC_BOOTSTRAP: '1',
        RUSTFLAGS: '-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none',
      },
    },
  );
  // wasm-pack leaves files for a package of its own making; ours is written by hand.
  for (const name of ['.gitignore', 'README.md']) rmSync(`${WASM_OUT}/${name}`, { force: true });
}

/** Shrink the module into the package. wasm-opt reads from the module which features it may use. */
export async function optimizeWasm(output) {
  await run('wasm-opt', [
    // Flat code first finds more to share: a quarter of a per cent.
    ...['--flatten', '--local-cse', '--rereloop', '-Oz', '--converge'],
    '--strip-debug',
    '--strip-producers',
    `${WASM_OUT}/hub_bg.wasm`,
    '-o',
    output,
  ]);
}
