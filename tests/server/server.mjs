import { once } from 'node:events';
import { createServer } from 'node:http';
import { readStatic } from './files.mjs';
import { Stream } from './stream.mjs';

/**
 * An HTTP/1.1 server for browser tests: pages and the built package from disk, SSE streams under `/sse/<name>`, all of
 * it driven by the test in the same process.
 *
 * It answers requests in absolute form (`GET http://app.test/… HTTP/1.1`) like any other, so a browser that cannot be
 * told to map a host name uses it as its HTTP proxy and reaches `app.test` without a change to the machine.
 *
 * @param {object} options
 * @param {Record<string, string>} options.mounts URL prefix (`/tabmux/`) to directory; the longest prefix wins
 * @param {number} [options.port] 0 takes a free one
 */
export async function startServer({ mounts = {}, port = 0, host = '127.0.0.1' } = {}) {
  const server = new TestServer(mounts, host);
  await server.listen(port);
  return server;
}

class TestServer {
  /** Path to `{ status?, headers?, body? }`: laid over what the path would give. `headers` alone keeps the file. */
  overrides = new Map();
  /** Path to what answers there in place of files: `(request, response, url)`. */
  handlers = new Map();
  /** Headers for every file that is served, such as a Content-Security-Policy. */
  headers = {};
  /** Path of each file request, in order. */
  fetched = [];

  #mounts;
  #host;
  #http = null;
  #port = 0;
  #sockets = new Set();
  #streams = new Map();

  constructor(mounts, host) {
    this.#mounts = Object.entries(mounts).sort(([a], [b]) => b.length - a.length);
    this.#host = host;
  }

  get port() {
    return this.#port;
  }

  /** TCP connections open at this moment. */
  get sockets() {
    return this.#sockets.size;
  }

  /** The origin under a host name; the browser has to map names other than localhost. */
  origin(host = 'localhost') {
    return `http://${host}:${this.#port}`;
  }

  /** The stream at `/sse/<name>`, made at its first mention. */
  stream(name) {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = new Stream(name);
      this.#streams.set(name, stream);
    }
    return stream;
  }

  /** Start to listen, on the same port as before unless one is given. */
  async listen(port = this.#port) {
    this.#http = createServer((request, response) => {
      this.#serve(request, response).catch((error) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    });
    // A stream must not be cut by Node's own limits: the tests decide when a connection ends.
    this.#http.requestTimeout = 0;
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#http.listen(port, this.#host);
    await once(this.#http, 'listening');
    this.#port = this.#http.address().port;
  }

  /** Go away as a killed server does: the port refuses, every connection is cut. `listen()` brings it back. */
  async stopListening() {
    const http = this.#http;
    if (!http) return;
    this.#http = null;
    const closed = once(http, 'close');
    http.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async close() {
    await this.stopListening();
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  async #serve(request, response) {
    const url = new URL(request.url, 'http://localhost');
    const path = url.pathname;
    if (path.startsWith('/sse/')) {
      this.stream(decodeURIComponent(path.slice('/sse/'.length))).accept(request, response, url);
      return;
    }
    const handler = this.handlers.get(path);
    if (handler) {
      handler(request, response, url);
      return;
    }
    this.fetched.push(path);
    const override = this.overrides.get(path);
    const file = override?.body === undefined ? await this.#file(path) : { body: override.body, type: 'text/plain' };
    const status = override?.status ?? (file ? 200 : 404);
    response.writeHead(status, {
      'content-type': file?.type ?? 'text/plain',
      // A test changes what a path gives; a cached answer would hide that.
      'cache-control': 'no-store',
      ...this.headers,
      ...override?.headers,
    });
    response.end(status === 404 ? 'not found' : (file?.body ?? ''));
  }

  async #file(path) {
    for (const [prefix, root] of this.#mounts) {
      if (path.startsWith(prefix)) return readStatic(root, path.slice(prefix.length));
    }
    return null;
  }
}
