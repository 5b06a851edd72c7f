/** Web Locks of one origin, exclusive ones: held until their function has ended, or with their realm. */
export class Locks {
  /** By name, who holds it and who waits, in their order. */
  #requests = new Map();
  #wires;

  constructor(wires) {
    this.#wires = wires;
  }

  /** `navigator.locks` of one realm. */
  of(owner) {
    // A grant is a task, like a message, and overtakes messages as these do each other.
    const granted = this.#wires.queue(owner, 'lock', (grant) => grant());
    return {
      query: () => new Promise((resolve) => granted.push(resolve)),
      request: (name, ...rest) => {
        const run = rest.pop();
        const { ifAvailable, signal } = rest[0] ?? {};
        return new Promise((resolve, reject) => {
          const request = { owner, isHeld: false };
          const all = this.#requests.get(name) ?? [];
          this.#requests.set(name, all);
          request.grant = () => {
            request.isHeld = true;
            granted.push(() => {
              const over = () => this.#remove(name, request);
              Promise.resolve(run({ name })).finally(over).then(resolve, reject);
            });
          };
          if (ifAvailable && all.length) return granted.push(() => resolve(run(null)));
          signal?.addEventListener('abort', () => {
            if (request.isHeld) return;
            this.#remove(name, request);
            reject(signal.reason);
          });
          all.push(request);
          this.#next(name);
        });
      },
    };
  }

  /** What it held is had by the next. */
  release(owner) {
    for (const [name, all] of this.#requests)
      for (const request of all.filter((each) => each.owner === owner)) this.#remove(name, request);
  }

  #remove(name, request) {
    const left = this.#requests.get(name)?.filter((each) => each !== request) ?? [];
    this.#requests.set(name, left);
    this.#next(name);
  }

  #next(name) {
    const [first] = this.#requests.get(name);
    if (first && !first.isHeld) first.grant();
  }
}
