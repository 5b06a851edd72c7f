import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { build } from 'esbuild';

const pkg = new URL('../../pkg/', import.meta.url);
/** Where the package's files are said to be. */
export const BASE = 'http://app.test/pkg/';

/** A file of the package as one script, which makes `tabmux` of what it exports. */
async function scriptOf(name) {
  const { outputFiles } = await build({
    entryPoints: [new URL(name, pkg).pathname],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'tabmux',
    define: { 'import.meta.url': 'tabmuxUrl' },
    logLevel: 'error',
  });
  return new vm.Script(outputFiles[0].text, { filename: name });
}

const scripts = { page: await scriptOf('index.js'), worker: await scriptOf('worker.js') };
const files = new Map(['hub.wasm', 'fetch.wasm'].map((name) => [BASE + name, readFileSync(new URL(name, pkg))]));

// What would take its time from the machine, or its numbers from anywhere, has them of the simulation.
const prelude = new vm.Script(`
  Date.now = () => simulated.now();
  Math.random = () => simulated.random();
  performance = { now: () => simulated.now() - simulated.start };
  crypto = { getRandomValues: (array) => array.map(() => simulated.random() * 2 ** 32) };
  tabmuxError = new WebAssembly.RuntimeError('unreachable');
  WebAssembly.compile = async (bytes) => new WebAssembly.Module(bytes);
`);

const shared = {
  AbortController,
  AbortSignal,
  CustomEvent,
  Event,
  EventTarget,
  Headers,
  MessageEvent,
  Response,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  queueMicrotask,
  structuredClone,
};

/**
 * A page's or a worker's globals, and its script run in them.
 *
 * @param kind `page` or `worker`
 * @param owner `isDead`, `isFrozen`, `channels`: what stands for it in queues and timers
 * @param globals beside those that all have
 */
export function realmOf(kind, owner, { clock, wires, random }, globals) {
  const start = clock.now;
  const context = vm.createContext({
    ...shared,
    ...clock.of(owner),
    BroadcastChannel: wires.channelsOf(owner),
    simulated: { now: () => clock.now, random: () => random.next(), start },
    tabmuxUrl: `${BASE}${kind === 'page' ? 'index' : 'worker'}.js`,
    ...globals,
  });
  context.self = context;
  prelude.runInContext(context);
  scripts[kind].runInContext(context);
  return context;
}

/** The answer to a request for a file of the package; undefined for every other. */
export function fileOf(url) {
  const bytes = files.get(String(url));
  if (!bytes) return;
  return { ok: true, status: 200, headers: new Headers(), arrayBuffer: async () => bytes };
}
