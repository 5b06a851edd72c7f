import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../e2e/driver/binaries.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { freePort, listens } from './ports.mjs';

/** Where the system has it; root's directories are not on everybody's PATH. */
export const findNginx = () => findProgram('nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx');

/**
 * An nginx of the test's own: one process in the foreground, all of its files in a directory that goes with it.
 *
 * @param {string} server what stands in its `server { … }` beside `listen`
 * @param {{ head?: string, http?: string }} [more] what stands before all, such as `load_module`, and in `http { … }`
 */
export async function startNginx(server, { head = '', http = '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tabmux-nginx-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `${head}
    daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr warn;
    events {}
    http { access_log off; ${temporary.join(' ')} ${http}
      server { listen 127.0.0.1:${port}; ${server} } }\n`,
  );
  const nginx = new Nginx(port, file, folder);
  await nginx.start();
  return nginx;
}

class Nginx {
  #process = null;
  #file;
  #folder;
  /** What it has complained of. */
  log = '';

  constructor(port, file, folder) {
    this.port = port;
    this.#file = file;
    this.#folder = folder;
  }

  /** By this name it is another origin than by `localhost`. */
  origin(host = '127.0.0.1') {
    return `http://${host}:${this.port}`;
  }

  /** On the same port as before. */
  async start() {
    const child = spawn(findNginx(), ['-p', this.#folder, '-c', this.#file, '-e', 'stderr'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.log += text;
    });
    await waitFor(
      'nginx listens',
      () => {
        if (child.exitCode !== null) throw new Error(`nginx ended (${child.exitCode}): ${this.log}`);
        return listens(this.port);
      },
      { state: () => this.log },
    );
  }

  /** At once: its connections are cut. */
  async stop() {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  async close() {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
