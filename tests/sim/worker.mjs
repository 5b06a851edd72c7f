import { fileOf, realmOf } from './realm.mjs';

/** The SharedWorkers of one origin, by name and URL: the package's own script, each in a realm of its own. */
export class Workers {
  #world;
  #running = new Map();

  constructor(world) {
    this.#world = world;
  }

  /** The class SharedWorker of one page. */
  of(page) {
    const workers = this;
    return class SharedWorker extends EventTarget {
      constructor(url, { name }) {
        super();
        this.port = workers.#connect(page, String(url), name);
      }
    };
  }

  #connect(page, url, name) {
    const key = `${name} ${url}`;
    let worker = this.#running.get(key);
    if (!worker) {
      worker = this.#start(url);
      this.#running.set(key, worker);
    }
    const [port, other] = this.#world.wires.ports(page, worker);
    worker.connects.push(other);
    return port;
  }

  #start(url) {
    const worker = { isDead: false, isFrozen: false, channels: new Set(), listeners: new Map(), context: undefined };
    // Its script runs in a task as well.
    worker.connects = this.#world.wires.queue(worker, 'connect', (port) => {
      worker.context ??= this.#run(worker, url);
      worker.context.onconnect({ ports: [port] });
    });
    return worker;
  }

  #run(worker, url) {
    const { server, locks, problem } = this.#world;
    const fetch = server.fetchOf(worker);
    return realmOf('worker', worker, this.#world, {
      location: new URL(url),
      navigator: { userAgent: '', onLine: true, ...(locks && { locks: locks.of(worker) }) },
      EventSource: server.sourcesOf(worker),
      fetch: async (input, init) => fileOf(input) ?? fetch(input, init),
      AbortSignal: { timeout: () => new AbortController().signal },
      addEventListener: (type, listener) => worker.listeners.set(type, listener),
      reportError: (error) => problem(`the worker reports ${error?.stack}`),
      close: () => this.#end(worker),
    });
  }

  #end(worker) {
    worker.isDead = true;
    this.#world.end(worker);
    for (const [key, each] of this.#running) if (each === worker) this.#running.delete(key);
  }

  /** All of them are no more, without a word; or of a trap, of which they tell. */
  kill({ isTrap = false } = {}) {
    for (const worker of [...this.#running.values()]) {
      const error = isTrap && worker.context?.tabmuxError;
      if (error) worker.listeners.get('error')({ error });
      else this.#end(worker);
    }
  }
}
