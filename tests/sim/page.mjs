import { realmOf } from './realm.mjs';

/** A tab with the package in it. */
export class Page {
  isDead = false;
  isFrozen = false;
  /** In the back/forward cache. */
  isAway = false;
  channels = new Set();
  readers = [];
  #world;
  #window = new EventTarget();
  #document = Object.assign(new EventTarget(), { baseURI: 'http://app.test/', hidden: false });
  #context;

  constructor(world, name) {
    this.name = name;
    this.#world = world;
    const { workers, locks } = world;
    this.#context = realmOf('page', this, world, {
      SharedWorker: workers.of(this),
      document: this.#document,
      location: new URL('http://app.test/'),
      navigator: { userAgent: '', ...(locks && { locks: locks.of(this) }) },
      addEventListener: this.#window.addEventListener.bind(this.#window),
      removeEventListener: this.#window.removeEventListener.bind(this.#window),
      console: { error() {}, warn() {}, info() {}, debug() {}, log() {} },
    });
  }

  /** A stream of its own hub object. */
  open(path, options) {
    const reader = new Reader(this.#world, this, path, options);
    this.readers.push(reader);
    return reader;
  }

  leave(reader) {
    reader.close();
    this.readers = this.readers.filter((each) => each !== reader);
  }

  connect(path, options) {
    return this.#context.tabmux.connect(path, options);
  }

  /** It is closed; without `pagehide` where it crashed. */
  close({ crashed = false } = {}) {
    if (!crashed) this.#say('pagehide', { persisted: false });
    this.isDead = true;
    this.#world.end(this);
  }

  freeze() {
    this.#document.dispatchEvent(new Event('freeze'));
    this.isFrozen = true;
  }

  thaw() {
    this.isFrozen = false;
  }

  setHidden(isHidden) {
    this.#document.hidden = isHidden;
    this.#document.dispatchEvent(new Event('visibilitychange'));
  }

  /** Into the back/forward cache. */
  hide() {
    this.#say('pagehide', { persisted: true });
    // What is open would throw it out.
    if (this.channels.size) this.#world.problem(`${this.name} is kept with ${this.channels.size} open channels`);
    this.isAway = true;
    this.isFrozen = true;
  }

  show() {
    this.isAway = false;
    this.isFrozen = false;
    this.#say('pageshow', { persisted: true });
  }

  #say(type, detail) {
    this.#window.dispatchEvent(Object.assign(new Event(type), detail));
  }
}

/** A hub object of a page, which looks at all that its handlers get: each event once, in order, as it was sent, and none left out untold. */
class Reader {
  subscriptions = [];
  gaps = [];
  #world;

  constructor(world, page, path, options) {
    this.#world = world;
    this.name = `${page.name} ${path}`;
    this.path = path;
    this.hub = page.connect(path, options);
    this.hub.addEventListener('gap', ({ detail }) => {
      this.gaps.push(detail.cause);
      if (!world.told.gaps.includes(detail.cause)) world.problem(`${this.name}: a gap, ${detail.cause}`);
      for (const each of this.subscriptions) if (['*', each.channel].includes(detail.channel)) each.mayMiss = true;
    });
    this.hub.addEventListener('error', ({ detail }) => {
      if (!world.told.errors.includes(detail.code)) world.problem(`${this.name}: ${detail.message}`);
    });
  }

  subscribe(channel) {
    const reading = { channel, last: 0, mayMiss: false, isLive: true };
    reading.subscription = this.hub.subscribe(channel, (event) => this.#take(reading, event));
    this.subscriptions.push(reading);
  }

  unsubscribe(reading) {
    reading.isLive = false;
    reading.subscription.unsubscribe();
    this.subscriptions = this.subscriptions.filter((each) => each !== reading);
  }

  close() {
    for (const reading of this.subscriptions) reading.isLive = false;
    this.subscriptions = [];
    this.hub.close();
  }

  #take(reading, { channel, data, id }) {
    const { problem, server } = this.#world;
    const at = `${this.name}, ${reading.channel}`;
    const sent = server.sent(this.path);
    const number = Number(id);
    const event = sent[number - 1];
    if (!reading.isLive) return problem(`${at}: ${id} after the end`);
    if (event?.channel !== channel || event.data !== data) return problem(`${at}: ${id} is not what was sent`);
    if (number <= reading.last) return problem(`${at}: ${id} after ${reading.last}`);
    if (reading.last && !reading.mayMiss) {
      const lost = sent.slice(reading.last, number - 1).find((each) => ['*', each.channel].includes(reading.channel));
      if (lost) problem(`${at}: ${lost.number} is lost between ${reading.last} and ${id}`);
    }
    reading.last = number;
    reading.mayMiss = false;
    this.#world.received++;
  }

  /** Once all is quiet: it has the last event of each of its channels, and the connection is open. */
  lookBack() {
    if (this.subscriptions.length && this.hub.status !== 'open')
      this.#world.problem(`${this.name} is ${this.hub.status}`);
    const sent = this.#world.server.sent(this.path);
    for (const { channel, last, mayMiss } of this.subscriptions) {
      const newest = sent.findLast((event) => ['*', event.channel].includes(channel))?.number ?? 0;
      if (!mayMiss && last < newest) this.#world.problem(`${this.name}, ${channel}: ended at ${last} of ${newest}`);
    }
  }
}
