import { heading, seconds } from '../lib/run.mjs';
import { measure, report } from '../size/measure.mjs';
import { emitDeclarations, PKG, startPackage } from './package.mjs';
import { buildWasm, optimizeWasm, shortenNames } from './wasm.mjs';

/** Make pkg/ from nothing and print its sizes. */
export async function buildPackage() {
  const began = performance.now();
  heading('build: the hub (Rust to wasm)');
  await buildWasm();
  heading('build: pkg/');
  // esbuild comes with the setup, so it cannot be a static import of a script that does the setup.
  const { bundlePage, bundleWorker } = await import('./bundle.mjs');
  startPackage();
  await bundlePage(PKG);
  await optimizeWasm();
  await bundleWorker(`${PKG}/worker.js`, shortenNames(`${PKG}/hub.wasm`));
  report(await measure());
  await emitDeclarations();
  console.log(`pkg/ is built (${seconds(began)})`);
}
