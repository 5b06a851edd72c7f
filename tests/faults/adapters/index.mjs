import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = new URL('./', import.meta.url);
const root = new URL('../../../', import.meta.url);
const peer = (name) => JSON.parse(readFileSync(new URL(`tests/peers/node_modules/${name}/package.json`, root), 'utf8'));

/**
 * The implementations under test. Each has a module of its name here, which gives `adapter(url, names, record, options)`:
 * it listens to the channels `names`, writes what it is handed into the record, and gives `{ ready, close() }`.
 *
 * - `worker`: path of its SharedWorker; none has none.
 * - `isNamed`: it passes named events; otherwise the server sends unnamed ones.
 * - `isShared`: the tabs share one connection.
 * - `needsSecureContext`: it does not run on plain http.
 */
export const IMPLEMENTATIONS = {
  tabmux: {
    title: 'tabmux',
    worker: '/tabmux/worker.js',
    isNamed: true,
    isShared: true,
  },
  handwritten: {
    title: 'SharedWorker by hand',
    worker: '/adapters/handwritten.worker.js',
    isNamed: true,
    isShared: true,
    isPeer: true,
  },
  'shared-event-source': {
    title: () => `shared-event-source ${peer('shared-event-source').version}`,
    isNamed: false,
    isShared: true,
    needsSecureContext: true,
    isPeer: true,
    isInstalled: true,
  },
  native: {
    title: 'EventSource in each tab',
    isNamed: true,
    isPeer: true,
  },
};

export const titleOf = (name) => {
  const { title } = IMPLEMENTATIONS[name];
  return typeof title === 'function' ? title() : title;
};

/** Bundles the adapters of these implementations for the pages; gives the folder to serve at `/adapters/`. */
export async function bundleAdapters(names) {
  const { build } = await import('esbuild');
  const outdir = fileURLToPath(new URL('target/faults', root));
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: names.flatMap((name) => [
      fileURLToPath(new URL(`${name}.js`, here)),
      ...(name === 'handwritten' ? [fileURLToPath(new URL(`${name}.worker.js`, here))] : []),
    ]),
    outdir,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    // The package as it is built, with its worker beside it.
    external: ['/tabmux/*'],
    nodePaths: [fileURLToPath(new URL('tests/peers/node_modules', root))],
    logLevel: 'warning',
  });
  return outdir;
}
