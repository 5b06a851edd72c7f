import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inRoot } from '../../scripts/lib/paths.mjs';

const FILE = fileURLToPath(new URL('server.mjs', import.meta.url));

/**
 * Starts the server's process. Gives `{ origins, call(op, args), stop }`; `origins` has one for each of `ports` ports.
 * `folder`: where the package is installed; `sources`: scripts that were bundled in memory, by path.
 */
export async function startBenchServer({ folder, ports = 1, isolated = false, sources = {} }) {
  const mounts = { '/app/': folder, '/': inRoot('bench', 'pages') };
  const child = fork(FILE, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send({ mounts, ports, isolated, sources });
  const waiting = new Map();
  let ready;
  let counter = 0;
  const started = new Promise((resolve, reject) => {
    ready = resolve;
    child.once('exit', (code) => {
      const error = new Error(`the benchmark's server ended (${code})`);
      reject(error);
      for (const { fail } of waiting.values()) fail(error);
    });
  });
  child.on('message', ({ id, result, error, ports: opened }) => {
    if (opened) return ready(opened);
    const { done, fail } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) done(result);
    else fail(new Error(error));
  });
  const opened = await started;
  return {
    origins: opened.map((port) => `http://localhost:${port}`),
    pid: child.pid,
    call: (op, args = {}) =>
      new Promise((done, fail) => {
        const id = ++counter;
        waiting.set(id, { done, fail });
        child.send({ id, op, ...args });
      }),
    stop: () => child.disconnect(),
  };
}
