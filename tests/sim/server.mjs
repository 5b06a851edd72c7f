/**
 * An SSE server as its worker sees it, which keeps all that it has sent: who presents a last event id gets what came behind it.
 * Bytes of an answer are on their way like everything else.
 */
export class Server {
  /** `{ number, channel, data }`, by path. The number is the id. */
  #sent = new Map();
  #connections = new Set();
  #wires;
  #clock;
  #random;
  /** The next so many connections are answered with 503. */
  refusals = 0;
  /** Of all there were. */
  connects = 0;

  constructor(wires, clock, random) {
    this.#wires = wires;
    this.#clock = clock;
    this.#random = random;
  }

  sent(path) {
    const sent = this.#sent.get(path) ?? [];
    this.#sent.set(path, sent);
    return sent;
  }

  /** Sends `count` events, of `size` units each, on channels of `names`. */
  emit(path, count, size, names) {
    const sent = this.sent(path);
    const events = Array.from({ length: count }, (_, n) => {
      const number = sent.length + n + 1;
      return { number, channel: this.#random.of(names), data: `${number} `.padEnd(size, 'x') };
    });
    sent.push(...events);
    for (const connection of this.#connections) if (connection.path === path) connection.send(events);
  }

  /** Breaks all connections of `path`, with what is on its way there. */
  cut(path) {
    for (const connection of this.#connections) {
      if (connection.path !== path) continue;
      this.#end(connection);
      connection.broke();
    }
  }

  /** Those of a worker that is no more. */
  forget(owner) {
    for (const connection of this.#connections) if (connection.owner === owner) this.#end(connection);
  }

  /** Takes a request. `opened(status)`, `send(events)` and `broke()` are called as the answer comes. */
  #accept(owner, url, lastEventId, { opened, take, broke }) {
    this.connects++;
    const { pathname, searchParams } = new URL(url);
    const past = Number(lastEventId ?? searchParams.get('lastEventId')) || Infinity;
    const way = this.#wires.queue(owner, 'server', (arrive) => arrive());
    const connection = {
      owner,
      path: pathname,
      way,
      broke: () => {
        const end = this.#wires.queue(owner, 'server', () => {
          this.#wires.cut(end);
          broke();
        });
        end.push(undefined);
      },
      send: (events) => {
        // In pieces, as a network has it.
        for (let from = 0; from < events.length; ) {
          const piece = events.slice(from, from + this.#random.of([1, 20, 500]));
          way.push(() => take(piece));
          from += piece.length;
        }
      },
    };
    if (this.refusals > 0) {
      this.refusals--;
      way.push(() => opened(503));
      return connection;
    }
    this.#connections.add(connection);
    way.push(() => opened(200));
    connection.send(this.sent(pathname).slice(past));
    return connection;
  }

  #end(connection) {
    this.#connections.delete(connection);
    this.#wires.cut(connection.way);
  }

  /** `fetch` of one realm. */
  fetchOf(owner) {
    return (url, init = {}) =>
      new Promise((resolve, reject) => {
        let body;
        const connection = this.#accept(owner, url, new Headers(init.headers).get('last-event-id'), {
          opened: (status) => {
            const stream = new ReadableStream({ start: (controller) => (body = controller) });
            resolve(new Response(stream, { status, headers: { 'content-type': 'text/event-stream' } }));
          },
          take: (events) => body.enqueue(bytes(events)),
          broke: () => (body ? body.error(new TypeError('network')) : reject(new TypeError('network'))),
        });
        init.signal?.addEventListener('abort', () => {
          this.#end(connection);
          body?.error(init.signal.reason);
          reject(init.signal.reason);
        });
      });
  }

  /** The class EventSource of one realm. */
  sourcesOf(owner) {
    const server = this;
    const { setTimeout, clearTimeout } = this.#clock.of(owner);
    return class EventSource extends EventTarget {
      readyState = 0;
      #connection;
      #lastEventId;
      #retry;

      constructor(url, { withCredentials = false } = {}) {
        super();
        this.withCredentials = withCredentials;
        this.url = String(url);
        this.#connect();
      }

      #connect() {
        this.#connection = server.#accept(owner, this.url, this.#lastEventId, {
          opened: (status) => {
            this.readyState = status === 200 ? 1 : 2;
            this.dispatchEvent(new Event(status === 200 ? 'open' : 'error'));
          },
          take: (events) => {
            for (const { number, channel, data } of events) {
              if (this.readyState === 2) return;
              this.#lastEventId = String(number);
              this.dispatchEvent(new MessageEvent(channel, { data, lastEventId: this.#lastEventId }));
            }
          },
          broke: () => {
            if (this.readyState === 2) return;
            this.readyState = 0;
            this.#retry = setTimeout(() => this.#connect(), 3000);
            this.dispatchEvent(new Event('error'));
          },
        });
      }

      close() {
        this.readyState = 2;
        clearTimeout(this.#retry);
        server.#end(this.#connection);
      }
    };
  }
}

const encoder = new TextEncoder();

function bytes(events) {
  const text = events.map(({ number, channel, data }) => `id: ${number}\nevent: ${channel}\ndata: ${data}\n\n`);
  return encoder.encode(text.join(''));
}
