import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const running = new Set();

/** A port nobody listens on at this moment. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Start a program in a process group of its own, so that `stop` ends it together with the browser it started. What it
 * writes is kept for the error message when it fails.
 */
export function start(command, args, env = {}, cwd = undefined) {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const program = { child, command, output: '', exited: null };
  const keep = (chunk) => {
    program.output = (program.output + chunk).slice(-8000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  program.exited = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => {
      keep(String(error));
      resolve(null);
    });
  });
  running.add(program);
  program.exited.then(() => {
    program.ended = true;
  });
  return program;
}

/** End the program and all that it started; the whole group, since a driver's browser may outlive the driver. */
export async function stop(program) {
  running.delete(program);
  killGroup(program, 'SIGTERM');
  await Promise.race([program.exited, delay(3000, undefined, { ref: false })]);
  killGroup(program, 'SIGKILL');
}

function killGroup(program, signal) {
  try {
    process.kill(-program.child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'ERR_INVALID_ARG_TYPE') throw error;
  }
}

// Whatever way this process ends, no driver and no browser stays behind.
process.on('exit', () => {
  for (const program of running) killGroup(program, 'SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    process.exitCode = 130;
    process.exit();
  });
}
