/** The time of all pages and workers. It passes when it is told to, and their timers run in its order. */
export class Clock {
  now = 1_700_000_000_000;
  #timers = [];
  #count = 0;

  /** The functions of one realm, whose timers stand still with it. */
  of(owner) {
    return {
      setTimeout: (run, ms = 0, ...args) => {
        const timer = {
          id: ++this.#count,
          owner,
          at: this.now + Math.max(0, Number(ms) || 0),
          run: () => run(...args),
        };
        this.#timers.push(timer);
        return timer.id;
      },
      clearTimeout: (id) => {
        this.#timers = this.#timers.filter((timer) => timer.id !== id);
      },
    };
  }

  /** Runs the next timer that is due by `time`; false where there is none. */
  runOne(time = this.now) {
    this.#timers = this.#timers.filter(({ owner }) => !owner.isDead);
    const [next] = this.#timers
      .filter(({ at, owner }) => at <= time && !owner.isFrozen)
      .sort((a, b) => a.at - b.at || a.id - b.id);
    if (!next) return false;
    this.#timers.splice(this.#timers.indexOf(next), 1);
    this.now = Math.max(this.now, next.at);
    next.run();
    return true;
  }
}
