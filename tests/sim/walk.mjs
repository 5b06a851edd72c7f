import { World } from './world.mjs';

const PATHS = ['/one', '/two'];
const NAMES = ['a', 'b', 'c'];

/**
 * A random walk: pages come and go, sleep and wake, subscribe and leave, and what is on its way arrives in any order that the platform
 * allows. At the end all awake, all arrives, and every reader has to have what was sent.
 *
 * @param options `transport`; `steps`; `pages` at the beginning; `isCalm`: nothing happens but events; `cuts`, `refusals`: shares of
 * the steps that break a connection, or have the next ones refused; `deaths` of the worker; `losses`: the share of messages of
 * BroadcastChannels that never arrive; `mayHang`: so slow that a worker may be replaced; `catchesAll`: some subscribe to `*`; what
 * World takes
 */
export async function walk(seed, options) {
  const { steps = 3000, pages = 8, deaths = 0 } = options;
  const world = new World(seed, options);
  const walker = new Walker(world, options);
  for (let n = 0; n < pages; n++) walker.open();
  await world.rest(300);
  const between = Math.ceil(steps / (deaths + 1));
  for (let n = 1; n <= steps && !world.problems.length; n++) {
    await walker.step();
    if (n % between === 0 && n < steps) await walker.kill();
  }
  await walker.end();
  return world;
}

class Walker {
  #slow = new Set();
  #world;
  #options;

  constructor(world, options) {
    this.#world = world;
    this.#options = options;
  }

  open() {
    const { random } = this.#world;
    const page = this.#world.open();
    const reader = this.#read(page, PATHS[0]);
    for (const name of random.of([['a', 'b'], ['a', 'b'], ['c']])) reader.subscribe(name);
    if (random.is(0.5)) this.#read(page, PATHS[1]).subscribe(random.of(NAMES));
  }

  #read(page, path) {
    const { transport } = this.#options;
    return page.open(path, { transport, maxStreamsPerOrigin: PATHS.length });
  }

  async step() {
    const { cuts = 0, refusals = 0, isCalm } = this.#options;
    const world = this.#world;
    const { random, server } = world;
    const at = random.next();
    if (random.is(cuts)) server.cut(random.of(PATHS));
    else if (random.is(refusals)) server.refusals = random.of([1, 2, 5]);
    else if (at < 0.06)
      server.emit(random.of(PATHS), random.of([1, 2, 5, 40, 200, 400]), random.of([20, 150, 600]), NAMES);
    else if (at < 0.09) await world.pass(random.of([0, 1, 5, 50, 300]));
    else if (at < 0.092) {
      await world.pass(random.of([1000, 2500]));
      // A worker that says nothing for so long, and again, is taken for one that hangs.
      if (!this.#options.mayHang) await world.rest(0);
    } else if (at < 0.1) this.#slow = new Set(world.wires.all.filter(() => random.is(0.2)));
    else if (at < 0.125 && !isCalm) this.#act();
    else await world.step(this.#slow, this.#options.losses);
    await world.settle();
  }

  /** Something that a page or its user does. */
  #act() {
    const { awake, pages, random } = this.#world;
    const page = awake.length && random.of(awake);
    const sleeper = pages.find(({ isFrozen }) => isFrozen);
    const at = random.next();
    if (at < 0.35 && sleeper) sleeper.isAway ? sleeper.show() : sleeper.thaw();
    else if (!page) return;
    else if (at < 0.6) this.#change(random.of(page.readers), page);
    else if (at < 0.75) {
      page.close({ crashed: random.is(0.2) });
      this.open();
    } else if (at < 0.85) page.hide();
    else if (at < 0.92) page.freeze();
    else page.setHidden(random.is(0.5));
  }

  #change(reader, page) {
    const { random } = this.#world;
    const channel = random.of(this.#options.catchesAll ? [...NAMES, '*'] : NAMES);
    if (!reader) this.#read(page, random.of(PATHS)).subscribe(channel);
    else if (random.is(0.1)) page.leave(reader);
    else if (reader.subscriptions.length < 3 && random.is(0.5)) reader.subscribe(channel);
    else if (reader.subscriptions.length > 1) reader.unsubscribe(random.of(reader.subscriptions));
  }

  async kill() {
    this.#world.workers.kill({ isTrap: this.#world.random.is(0.5) });
    // Without locks it takes three pings.
    await this.#world.rest(40_000);
  }

  async end() {
    const { pages, server } = this.#world;
    server.refusals = 0;
    for (const page of pages) {
      if (page.isAway) page.show();
      else page.thaw();
      page.setHidden(false);
    }
    await this.#world.rest(60_000);
    for (const path of PATHS) for (const name of NAMES) server.emit(path, 1, 20, [name]);
    await this.#world.rest(10_000);
    for (const page of pages) for (const reader of page.readers) reader.lookBack();
  }
}
