import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The demo's server as `npm run demo` starts it, from the binary that is built. */
export class Demo {
  #process;
  #port;

  static async start(port = 0) {
    const demo = new Demo();
    await demo.start(port);
    return demo;
  }

  /** On the port that it had before, unless it is the first time. */
  async start(port = this.#port) {
    const child = spawn(`${root}target/debug/tabmux-demo-server`, ['--port', String(port)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    child.stdout.setEncoding('utf8');
    let text = '';
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      text += chunk;
      const ready = /Listening on http:\/\/localhost:(\d+)\//.exec(text);
      if (!ready) continue;
      this.#port = Number(ready[1]);
      child.stdout.resume();
      return;
    }
    throw new Error(`the demo server has ended: ${text}`);
  }

  get port() {
    return this.#port;
  }

  get origin() {
    return `http://localhost:${this.#port}`;
  }

  async stop(signal = 'SIGTERM') {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
