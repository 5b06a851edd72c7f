/** What is on its way from one realm to another, in queues: each keeps its order, and no two know of each other. */
export class Wires {
  #queues = new Set();
  /** BroadcastChannels that are open, by name. */
  channels = new Map();
  /** Messages with runs of events that were posted to them. */
  aired = 0;

  /** A queue whose items `owner` takes by `take`, unless it sleeps, and once `isOpen`. */
  queue(owner, kind, take, isOpen = () => true) {
    const queue = { owner, kind, take, isOpen, items: [], push: (item) => queue.items.push(item) };
    this.#queues.add(queue);
    return queue;
  }

  get all() {
    return [...this.#queues];
  }

  /** What is on its way there is lost. */
  cut(queue) {
    queue.items.length = 0;
    this.#queues.delete(queue);
  }

  /** Those of which the next item could arrive now. */
  ready() {
    const ready = [];
    for (const queue of this.#queues) {
      if (queue.owner.isDead) this.cut(queue);
      else if (queue.items.length && !queue.owner.isFrozen && queue.isOpen()) ready.push(queue);
    }
    return ready;
  }

  /** The ports of a page and of a worker. */
  ports(page, worker) {
    const [a, b] = [new Port(this, page, 'page'), new Port(this, worker, 'worker')];
    a.peer = b;
    b.peer = a;
    return [a, b];
  }

  /** The class BroadcastChannel of one realm. */
  channelsOf(owner) {
    const wires = this;
    return class BroadcastChannel {
      onmessage = null;
      #queue = wires.queue(owner, 'channel', (data) => this.onmessage?.({ data }));

      constructor(name) {
        this.name = String(name);
        const named = wires.channels.get(this.name) ?? new Set();
        wires.channels.set(this.name, named.add(this));
        owner.channels.add(this);
      }

      postMessage(data) {
        if (Array.isArray(data)) wires.aired++;
        if (!owner.channels.has(this)) throw new Error('InvalidStateError: the channel is closed');
        for (const other of wires.channels.get(this.name)) if (other !== this) other.hear(structuredClone(data));
      }

      hear(data) {
        this.#queue.push(data);
      }

      close() {
        wires.channels.get(this.name)?.delete(this);
        owner.channels.delete(this);
        wires.cut(this.#queue);
      }
    };
  }
}

/** What it brings can be dispatched again, as the worker does with what came too early. */
class Port extends EventTarget {
  onmessage = null;
  #isClosed = false;
  #queue;
  #wires;

  constructor(wires, owner, kind) {
    super();
    this.#wires = wires;
    this.addEventListener('message', (event) => this.onmessage?.(event));
    // What came before anybody listened waits.
    const isOpen = () => this.onmessage;
    this.#queue = wires.queue(owner, kind, (data) => this.dispatchEvent(new MessageEvent('message', { data })), isOpen);
  }

  postMessage(data) {
    if (!this.#isClosed && !this.peer.#isClosed) this.peer.#queue.push(structuredClone(data));
  }

  close() {
    this.#isClosed = true;
    this.#wires.cut(this.#queue);
  }
}
