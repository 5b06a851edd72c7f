import { spawn, spawnSync } from 'node:child_process';
import { ROOT } from './paths.mjs';

/** A failure that the user can act on: its message is shown alone, without a stack. */
export class Failure extends Error {}

/**
 * Run a command in the repository with its output shown, and fail unless it exits with 0. `onLine` sees each line of
 * its standard output too. Nothing waits for input: there may be nobody to give it.
 */
export async function run(command, args = [], { env = {}, onLine, cwd = ROOT } = {}) {
  const code = await exitCode(command, args, { env, onLine, cwd });
  if (code !== 0) throw new Failure(`${[command, ...args].join(' ')} failed (${code})`);
}

/** As `run`, but gives the exit code instead of failing. */
export function exitCode(command, args = [], { env = {}, onLine, cwd = ROOT } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'],
    });
    child.on('error', (error) =>
      reject(error.code === 'ENOENT' ? new Failure(`${command} is not on this machine`) : error),
    );
    if (onLine) {
      let rest = '';
      child.stdout.setEncoding('utf8');
      child.stdout.on('data', (chunk) => {
        process.stdout.write(chunk);
        const lines = (rest + chunk).split('\n');
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
      child.stdout.on('end', () => rest && onLine(rest));
    }
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
}

/** What a short command prints, trimmed; null when it is missing or fails. */
export function capture(command, args = [], { env = {} } = {}) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.trim() : null;
}

/** A heading above what a step prints. */
export function heading(text) {
  console.log(`\n== ${text}`);
}

export const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Run a script's main function; a `Failure` or an option that there is not is printed as one message, anything else with its stack. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    const isOurs = error instanceof Failure || error.code?.startsWith('ERR_PARSE_ARGS');
    console.error(isOurs ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
