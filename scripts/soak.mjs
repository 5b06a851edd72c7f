#!/usr/bin/env node
/**
 * `npm run soak [-- OPERATIONS]`: the model of the core against its naive reference, a million random operations unless
 * told otherwise. Fresh seeds each time; a failure is printed shrunk, to be kept as a test of its own.
 */
import { main, run } from './lib/run.mjs';
import { setupRust } from './setup/rust.mjs';

await main(async () => {
  await setupRust();
  const operations = process.argv[2] ?? '1000000';
  await run('cargo', ['test', '--release', '-p', 'tabmux-core', '--test', 'model'], {
    env: { TABMUX_SOAK_OPS: operations },
  });
});
