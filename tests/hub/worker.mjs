import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { LIMIT } from '../e2e/driver/wait.mjs';

const pkg = new URL('../../pkg/', import.meta.url);

/**
 * The built worker in Node, which has fetch, streams and message ports but no EventSource and no locks: worker and wasm as
 * they ship, on the fetch transport, without a browser. One for each process; `origin` is where its script is said to be from.
 * `failures` as below, for what is loaded at once. `navigator`: as a browser's worker on plain http has it.
 */
export async function startWorker(origin, failures = [], navigator = {}) {
  const { BroadcastChannel, fetch, setTimeout } = globalThis;
  const file = (name) =>
    new Response(readFileSync(new URL(name, pkg)), { headers: { 'content-type': 'application/wasm' } });
  const listeners = new Map();
  let closed = false;
  const loads = [];
  const timers = [];
  let ended = false;
  const channels = new Set();
  Object.assign(globalThis, {
    self: globalThis,
    location: new URL('/worker.js', origin),
    addEventListener: (type, listener) => listeners.set(type, listener),
    close: () => {
      closed = true;
    },
    reportError: (error) => listeners.get('error')?.({ error }),
    // Listening to other workers keeps no process alive.
    BroadcastChannel: class extends BroadcastChannel {
      constructor(name) {
        super(name);
        this.unref();
        channels.add(this);
      }

      close() {
        super.close();
        channels.delete(this);
      }
    },
    // A hub without tabs looks around for minutes: that keeps no process alive once all is over.
    setTimeout: (...args) => {
      const timer = setTimeout(...args);
      timers.push(timer);
      return ended ? timer.unref() : timer;
    },
    navigator,
    fetch: async (input, init) => {
      if (!(input instanceof URL) || !input.href.startsWith(pkg.href)) return fetch(input, init);
      loads.push(basename(input.pathname));
      const failure = failures.shift();
      if (failure) return failure(init);
      return file(basename(input.pathname));
    },
  });
  await import(new URL('worker.js', pkg));
  const pages = [];
  const page = () => {
    const { port1, port2 } = new MessageChannel();
    globalThis.onconnect({ ports: [port2] });
    const made = new Page(port1, BroadcastChannel);
    pages.push(made);
    return made;
  };
  return {
    /** The files that the worker has asked for beside its own. */
    loads,
    /** Functions of the request's options: what the next such requests give in place of the file. */
    failures,
    /** The response of a file that there is. */
    file,
    /** Names of the BroadcastChannels that the worker has open. */
    get channels() {
      return Array.from(channels, ({ name }) => name);
    },
    /** An event of the worker's own scope. */
    dispatch: (type, event) => listeners.get(type)?.(event),
    /** Whether it has ended itself. */
    get isClosed() {
      return closed;
    },
    page,
    /** Every stream ends, also one whose page was left by a test that failed: a hub that tries again keeps Node alive. */
    end: async () => {
      if (!closed) {
        const last = page();
        last.say({ t: 'close-everywhere', r: 1 });
        await last.until('the end', () => last.closedEverywhere);
      }
      for (const each of pages) each.close();
      ended = true;
      for (const timer of timers) timer.unref();
    },
  };
}

/** A page as the worker sees it: says hello, acknowledges what it is asked to, and keeps what it was told. */
class Page {
  /** `[channel, id, data]` */
  events = [];
  /** `{ status, reason, resumed, failed }` */
  statuses = [];
  /** `{ code, detail }` */
  errors = [];
  gaps = [];
  /** Why the worker has ended, if it said so. */
  died;
  /** What the messages that are no batches were. */
  said = [];
  welcome;
  /** `close-everywhere` has been answered. */
  closedEverywhere = false;
  /** `[key, name]` of the BroadcastChannels that it was to listen to. */
  invited = [];
  /** Numbers of the runs that it was named. */
  named = [];
  /** What it has heard there, message by message: numbers of runs, or what else was said. */
  onAir = [];
  /** One that hears nothing where this is false. */
  listens = true;
  /** Batches are kept, and neither looked at nor acknowledged, while this is true. */
  isBusy = false;
  #circle;
  #runs = new Map();
  /** What is yet to be looked at, or waits for a run. */
  #held = [];
  #names = [];
  #waiting = new Set();
  #port;
  #Channel;

  constructor(port, Channel) {
    this.#port = port;
    this.#Channel = Channel;
    port.onmessage = ({ data }) => this.#take(data);
    this.say({ t: 'hello', v: 5, build: 'test', tab: Math.random().toString(36), visible: true });
  }

  say(message) {
    this.#port.postMessage(message);
  }

  attach(url, options, channels = ['*']) {
    const subs = channels.map((channel, sub) => ({ sub, channel, replay: 0 }));
    this.say({ t: 'attach', s: 1, kind: 'channel', url, options: { transport: 'fetch', ...options }, subs });
  }

  close() {
    this.say({ t: 'bye', persisted: false, at: [] });
    this.#port.close();
    this.#circle?.close();
  }

  /** Looks at what it has kept. */
  goOn() {
    this.isBusy = false;
    this.#work();
  }

  /** Settles once `condition` gives something truthy; asked again after each message. */
  until(what, condition) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${what}; ${JSON.stringify(this).slice(0, 2000)}`)), LIMIT);
      const ask = () => {
        const found = condition(this);
        if (!found) return;
        clearTimeout(late);
        this.#waiting.delete(ask);
        resolve(found);
      };
      this.#waiting.add(ask);
      ask();
    });
  }

  #take(message) {
    if (!Array.isArray(message)) this.said.push(message.t);
    if (Array.isArray(message)) {
      this.#held.push(message);
      this.#work();
      return;
    }
    if (message.t === 'welcome') this.welcome = message;
    else if (message.t === 'error' || message.t === 'detached' || message.t === 'load-failed')
      this.errors.push(message);
    else if (message.t === 'died') this.died = message.detail;
    else if (message.t === 'closed-everywhere') this.closedEverywhere = true;
    this.#ask();
  }

  #ask() {
    for (const ask of [...this.#waiting]) ask();
  }

  /** A batch that names a run which it has not heard waits, and all that comes behind it. */
  #work() {
    while (this.#held.length && !this.isBusy) {
      const [batch] = this.#held;
      for (let at = 6; at < batch.length; at += 3) if (batch[at] === -9 && !this.#runs.has(batch[at + 1])) return;
      this.#held.shift();
      this.#batch(batch);
    }
    this.#ask();
  }

  #listen(key, name) {
    this.invited.push([key, name]);
    this.#circle?.close();
    if (!this.listens) return;
    this.#circle = new this.#Channel(name);
    this.#circle.unref();
    this.#circle.onmessage = ({ data }) => {
      this.onAir.push(Array.isArray(data) ? data.filter((_, at) => at % 2 === 0) : data);
      if (Array.isArray(data)) for (let at = 0; at < data.length; at += 2) this.#runs.set(data[at], data[at + 1]);
      this.#work();
    };
    this.#circle.postMessage(key);
  }

  #batch(batch) {
    const [s, number, , , , asks] = batch;
    let id = '';
    for (let at = 6; at < batch.length; at += 3) {
      let [op, a, b] = batch.slice(at, at + 3);
      if (op === -9) {
        this.named.push(a);
        [op, a] = [-7, this.#runs.get(a)];
      }
      if (op >= 0) {
        id = a ?? id;
        this.events.push([this.#names[op], id, b]);
      } else if (op === -1) this.#names[a] = b;
      else if (op === -4) this.gaps.push([a, ...b]);
      else if (op === -5) this.statuses.push(a);
      else if (op === -6) this.errors.push(a);
      else if (op === -8) this.#listen(a, b);
      else if (op === -7) {
        const [ends, text] = a;
        if (ends.at(-1) !== text.length) throw new Error(`a run of ${ends.at(-1)} units has ${text.length}`);
        for (let end = 0, part = 0; part < ends.length; part += 3) {
          id = text.slice(end, ends[part + 1]);
          end = ends[part + 2];
          this.events.push([this.#names[ends[part]], id, text.slice(ends[part + 1], end)]);
        }
      }
    }
    if (asks) this.say([s, number]);
  }
}
