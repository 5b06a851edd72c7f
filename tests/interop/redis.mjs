import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '../e2e/driver/binaries.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { freePort, listens } from './ports.mjs';

export const findRedis = () => findProgram('redis-server', '/usr/bin/redis-server', '/usr/local/bin/redis-server');

/** A Redis of the test's own, in memory alone. */
export async function startRedis() {
  const port = await freePort();
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'];
  const child = spawn(findRedis(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  await waitFor(
    'Redis listens',
    () => {
      if (child.exitCode !== null) throw new Error(`Redis ended (${child.exitCode}): ${log}`);
      return listens(port);
    },
    { state: () => log },
  );
  return {
    port,
    close: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
