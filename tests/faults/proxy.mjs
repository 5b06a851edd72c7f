import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A request's target, also in absolute form, as a browser writes it that takes this for its HTTP proxy. */
const REQUEST = /^(?:GET|POST) (?:http:\/\/[^/ ]+)?(\/[^ ]*) HTTP\/1\.1\r$/m;
const GARBAGE = Buffer.from(
  [0x16, 3, 1, 0, 0xff, 0, ...'\u0000\u0007 not http \r\n\r\nevent: x\ndata: y\n\n'].map(byte),
);

/**
 * A TCP proxy on the loopback that does to streams what networks do. It passes bytes on as they come; of HTTP it knows
 * the request line alone, so that pages load while the streams suffer. A connection whose last request was
 * for a stream counts as one.
 */
export class FaultProxy {
  /** How streams are passed on, those to come too: `'pass'`, `'hold'` (nothing gets through), `'drip'` (byte by byte). */
  #flow = 'pass';
  #garbage = 0;
  #holdsBehind = null;
  #target;
  #prefix;
  #server = null;
  #port = 0;
  #links = new Set();
  /** The targets of all requests for streams so far. */
  requests = [];

  /**
   * @param {number} target the port on the loopback that it stands before
   * @param {string} prefix of the streams' paths
   */
  static async start(target, prefix = '/sse/') {
    const proxy = new FaultProxy();
    proxy.#target = target;
    proxy.#prefix = prefix;
    await proxy.listen();
    return proxy;
  }

  get port() {
    return this.#port;
  }

  /** Connections that carry a stream at this moment. */
  get streams() {
    return [...this.#links].filter((link) => link.isStream);
  }

  /** Take connections, on the same port as before; nothing where it does. */
  async listen() {
    if (this.#server) return;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = this.#server.address().port;
  }

  /** Go away as a killed server does: every connection is reset, new ones are refused. `listen()` brings it back. */
  async close() {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = once(server, 'close');
    server.close();
    for (const link of this.#links) link.reset();
    await closed;
  }

  /** Every byte from now on: `'pass'`, `'hold'` or `'drip'`. What was held goes out with the next `'pass'` or `'drip'`. */
  flow(how) {
    this.#flow = how;
    for (const link of this.streams) link.flow(how);
  }

  /** Hold each stream from the end of the first event on in which `text` comes, until `flow` says otherwise. */
  holdBehind(text) {
    this.#holdsBehind = text;
  }

  /** End every stream in good order of TCP (FIN), in the middle of its HTTP response. */
  cut() {
    for (const link of this.streams) link.cut();
  }

  /** Reset every stream (RST). */
  reset() {
    for (const link of this.streams) link.reset();
  }

  /** Reset every stream once it has passed on half of the next event. */
  resetMidEvent() {
    for (const link of this.streams) link.resetMidEvent();
  }

  /** Lose the server's side of every stream, and never tell the browser. */
  halfOpen() {
    for (const link of this.streams) link.halfOpen();
  }

  /** Answer that many requests for a stream by bytes that are not HTTP. */
  garbage(requests) {
    this.#garbage = requests;
  }

  /** Back to a proxy that does nothing. */
  heal() {
    this.#garbage = 0;
    this.#holdsBehind = null;
    this.flow('pass');
  }

  #accept(client) {
    const link = new Link(client, this.#target, (path) => {
      link.isStream = path.startsWith(this.#prefix);
      if (!link.isStream) return true;
      this.requests.push(path);
      link.flow(this.#flow);
      link.holdsBehind = this.#holdsBehind;
      if (this.#garbage === 0) return true;
      this.#garbage -= 1;
      client.end(GARBAGE);
      return false;
    });
    this.#links.add(link);
    client.on('close', () => this.#links.delete(link));
  }
}

/** One connection of a browser with the one to the server behind it. */
class Link {
  isStream = false;
  /** Text behind whose event nothing is passed on, until `flow` says how. */
  holdsBehind = null;
  #client;
  #server;
  #flow = 'pass';
  #queue = [];
  #isDripping = false;
  #breaksNextEvent = false;
  /** The server's side has ended while bytes were still held. */
  #hasEnded = false;
  #isHalfOpen = false;

  /** @param {(path: string) => boolean} request asked at each request; false keeps it from the server */
  constructor(client, target, request) {
    this.#client = client;
    this.#server = connect(target, '127.0.0.1');
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      // What counts is that a side is gone, which `close` says; how it went is not of interest here.
      socket.on('error', () => undefined);
    }
    client.on('data', (bytes) => {
      const path = REQUEST.exec(bytes.toString('latin1'))?.[1];
      if (path === undefined || request(path)) this.#server.write(bytes);
    });
    client.on('close', () => this.#server.destroy());
    this.#server.on('data', (bytes) => this.#receive(bytes));
    this.#server.on('end', () => {
      this.#hasEnded = true;
      this.#send();
    });
    this.#server.on('close', (failed) => {
      if (failed && !this.#isHalfOpen) this.reset();
    });
  }

  flow(how) {
    this.#flow = how;
    if (how === 'hold') this.#server.pause();
    else this.#server.resume();
    this.#send();
  }

  cut() {
    this.#client.end();
    this.#server.destroy();
  }

  reset() {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  resetMidEvent() {
    this.#breaksNextEvent = true;
  }

  halfOpen() {
    this.#isHalfOpen = true;
    this.#server.destroy();
  }

  #receive(bytes) {
    if (this.#breaksNextEvent && this.isStream) {
      const data = bytes.indexOf('data: ');
      if (data >= 0) {
        // The field's name and a little of its value have gone out when the connection breaks.
        this.#client.write(bytes.subarray(0, data + 8), () => this.reset());
        this.#breaksNextEvent = false;
        this.#isHalfOpen = true;
        return;
      }
    }
    if (this.#isHalfOpen) return;
    const at = this.holdsBehind ? bytes.indexOf(this.holdsBehind) : -1;
    const end = at < 0 ? -1 : bytes.indexOf('\n\n', at);
    if (end < 0) {
      this.#queue.push(bytes);
      this.#send();
      return;
    }
    this.holdsBehind = null;
    this.#queue.push(bytes.subarray(0, end + 2));
    this.#send();
    this.#queue.push(bytes.subarray(end + 2));
    this.flow('hold');
  }

  #send() {
    if (this.#flow === 'hold' || this.#isDripping) return;
    if (this.#flow === 'drip') {
      this.#isDripping = true;
      this.#drip();
      return;
    }
    for (const bytes of this.#queue.splice(0)) this.#client.write(bytes);
    if (this.#hasEnded) this.#client.end();
  }

  #drip() {
    const [first] = this.#queue;
    if (!first || this.#flow !== 'drip' || this.#client.destroyed) {
      this.#isDripping = false;
      if (this.#flow === 'pass' || (!first && this.#hasEnded)) {
        this.#flow = 'pass';
        this.#send();
      }
      return;
    }
    this.#client.write(first.subarray(0, 1), () => setImmediate(() => this.#drip()));
    if (first.length > 1) this.#queue[0] = first.subarray(1);
    else this.#queue.shift();
  }
}

function byte(each) {
  return typeof each === 'number' ? each : each.charCodeAt(0);
}
