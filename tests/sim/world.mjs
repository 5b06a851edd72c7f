import { setImmediate as turn } from 'node:timers/promises';
import { Clock } from './clock.mjs';
import { Locks } from './locks.mjs';
import { Page } from './page.mjs';
import { Random } from './random.mjs';
import { Server } from './server.mjs';
import { Wires } from './wires.mjs';
import { Workers } from './worker.mjs';

/** An origin: its server, its workers, its pages, and the order in which what they say arrives. */
export class World {
  clock = new Clock();
  wires = new Wires();
  pages = [];
  problems = [];
  /** Events that handlers have got. */
  received = 0;
  #made = 0;

  /**
   * @param withLocks as in a secure context
   * @param gaps causes, and @param errors codes, that readers may be told
   */
  constructor(seed, { withLocks = true, gaps = [], errors = [] } = {}) {
    this.random = new Random(seed);
    this.server = new Server(this.wires, this.clock, this.random);
    this.locks = withLocks ? new Locks(this.wires) : undefined;
    this.workers = new Workers(this);
    this.problem = (text) => this.problems.push(text);
    this.told = { gaps, errors };
  }

  open() {
    const page = new Page(this, `page ${++this.#made}`);
    this.pages.push(page);
    return page;
  }

  /** What a realm leaves behind. */
  end(owner) {
    for (const channel of owner.channels) channel.close();
    this.locks?.release(owner);
    this.server.forget(owner);
    this.pages = this.pages.filter((page) => !page.isDead);
  }

  /** Pages that run. */
  get awake() {
    return this.pages.filter(({ isFrozen }) => !isFrozen);
  }

  /** Promises settle, and streams of bytes hand on what they have. */
  async settle() {
    for (let turns = 0; turns < 3; turns++) await turn();
  }

  /**
   * Something that is on its way arrives, one to twenty of its kind.
   *
   * @param slow queues that are seldom chosen
   * @param losses the share of messages of BroadcastChannels that never arrive
   */
  async step(slow = new Set(), losses = 0) {
    const ready = this.wires.ready().filter((queue) => !slow.has(queue) || this.random.is(0.05));
    if (!ready.length) return this.clock.runOne();
    const queue = this.random.of(ready);
    if (queue.kind === 'channel' && this.random.is(losses)) queue.items.shift();
    for (
      let left = this.random.of([1, 1, 3, 20]);
      left && queue.items.length && !queue.owner.isDead && queue.isOpen();
      left--
    )
      queue.take(queue.items.shift());
    await this.settle();
    return true;
  }

  /** `ms` go by, and nothing arrives: timers alone run. */
  async pass(ms) {
    const end = this.clock.now + ms;
    while (this.clock.runOne(end)) await this.settle();
    this.clock.now = end;
  }

  /** All arrives, and `ms` go by. */
  async rest(ms) {
    const end = this.clock.now + ms;
    for (;;) {
      if (this.wires.ready().length) await this.step();
      else if (this.clock.runOne(end)) await this.settle();
      else {
        // What was read of a stream of bytes may have asked for more.
        await this.settle();
        if (!this.wires.ready().length && !this.clock.runOne(end)) break;
      }
    }
    this.clock.now = end;
  }
}
