#!/usr/bin/env node
/** `npm run build`: makes pkg/, the package as it ships, and prints its sizes. */
import { buildPackage } from './build/index.mjs';
import { main } from './lib/run.mjs';
import { setupBuild } from './setup/index.mjs';

await main(async () => {
  await setupBuild();
  await buildPackage();
});
