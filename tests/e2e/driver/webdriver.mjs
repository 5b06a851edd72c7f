import { request } from 'node:http';

/**
 * A W3C WebDriver session over plain HTTP: the twenty lines of the protocol that these tests need. One driver process
 * has one session; commands go out one at a time because a session has one current window.
 */
export class Session {
  #base;
  #queue = Promise.resolve();

  constructor(base, id, capabilities) {
    this.#base = `${base}/session/${id}`;
    this.capabilities = capabilities;
  }

  static async create(base, capabilities) {
    const { sessionId, capabilities: granted } = await send('POST', `${base}/session`, {
      capabilities: { alwaysMatch: capabilities },
    });
    return new Session(base, sessionId, granted);
  }

  /** Run `steps` with no other command in between: switching to a window and acting on it belong together. */
  exclusive(steps) {
    const turn = this.#queue.then(() => steps((method, path, body) => send(method, this.#base + path, body)));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  command(method, path, body) {
    return this.exclusive((run) => run(method, path, body));
  }
}

export class WebDriverError extends Error {
  constructor(code, message) {
    super(`${code}: ${message}`);
    this.name = 'WebDriverError';
    this.code = code;
  }
}

// Not `fetch`: a driver may keep a command (a crashed tab's, say) longer than fetch's own limits allow to see why.
export function send(method, url, body) {
  return new Promise((resolve, reject) => {
    const payload = method === 'POST' ? JSON.stringify(body ?? {}) : undefined;
    const outgoing = request(
      url,
      {
        method,
        headers:
          payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
      },
      (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => {
          let value;
          try {
            value = JSON.parse(text).value;
          } catch {
            reject(new WebDriverError('bad answer', `${method} ${url}: ${text.slice(0, 200)}`));
            return;
          }
          if (response.statusCode >= 400) reject(new WebDriverError(value?.error ?? 'unknown', value?.message ?? text));
          else resolve(value);
        });
      },
    );
    outgoing.setTimeout(60_000, () => outgoing.destroy(new WebDriverError('timeout', `${method} ${url}`)));
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}
