import { heading, seconds } from '../lib/run.mjs';
import { measure, report } from '../size/measure.mjs';
import { emitDeclarations, PKG, startPackage } from './package.mjs';
import { buildWasm, MODULES, optimizeWasm, shortenNames } from './wasm.mjs';

/** Make pkg/ from nothing and print its sizes. */
export async function buildPackage() {
  const began = performance.now();
  heading('build: the hub and the fetch transport (Rust to wasm)');
  for (const [name, folder] of MODULES) await buildWasm(name, folder);
  heading('build: pkg/');
  // esbuild comes with the setup, so it cannot be a static import of a script that does the setup.
  const { bundlePage, bundleWorker } = await import('./bundle.mjs');
  startPackage();
  await bundlePage(PKG);
  const glue = {};
  for (const [name] of MODULES) {
    await optimizeWasm(name);
    glue[name] = shortenNames(name, `${PKG}/${name}.wasm`);
  }
  await bundleWorker(`${PKG}/worker.js`, glue);
  report(await measure());
  await emitDeclarations();
  console.log(`pkg/ is built (${seconds(began)})`);
}
