import assert from 'node:assert/strict';
import { mounts } from '../server/mounts.mjs';
import { startServer } from '../server/server.mjs';
import { Browser } from './driver/browser.mjs';
import { waitFor } from './driver/wait.mjs';

/**
 * Longest time until a hub on plain http finds a tab that died without a word: 30 s (SPEC D-6, on virtual time in the core's
 * stories), and half as long again for a busy machine.
 */
export const SILENT_DEATH = 45_000;
/** Until it closes a connection that none but such tabs held: 5 s more (SPEC D-7). */
export const SILENT_CLOSE = SILENT_DEATH + 5_000;

/** One server and one browser for all cases of a run; the stream and the tabs are each test's own. */
export class Context {
  #count = 0;

  static async start(name) {
    const context = new Context();
    context.server = await startServer({ mounts });
    context.browser = await Browser.launch(name, { proxyPort: context.server.port });
    return context;
  }

  async stop() {
    await this.browser?.quit();
    await this.server?.close();
  }

  /**
   * Run one test on pages of `host`. Whatever it was about, at its end every tab is closed and every connection has to
   * be gone: a connection that outlives its tabs fails the test that left it.
   */
  async run(host, body) {
    this.#count += 1;
    const stream = this.server.stream(`${this.#count}`);
    stream.replay = true;
    const scene = new Scene(this, host, stream);
    try {
      await body(scene);
    } finally {
      this.server.overrides.clear();
      this.server.headers = {};
      stream.respond(null);
      await this.browser.closeTabs();
    }
    await waitFor('no connection is left', () => stream.connections === 0, { limit: SILENT_CLOSE });
  }
}

/** What a test has in hand: its stream, and tabs that are on the client page. */
export class Scene {
  constructor({ server, browser }, host, stream) {
    this.server = server;
    this.browser = browser;
    this.host = host;
    this.stream = stream;
    /** As a page of this origin would write it. */
    this.url = `/sse/${stream.name}`;
    this.secure = host === 'localhost';
  }

  /** A tab with the client page; `t` is there. */
  async open() {
    const tab = await this.browser.open(`${this.server.origin(this.host)}/client.html`);
    await this.ready(tab);
    return tab;
  }

  ready(tab) {
    return tab.waitFor('the client page has loaded', () => window.t !== undefined);
  }

  /** A tab that is connected and subscribed. */
  async connect(channels, options = {}, subscribeOptions = {}) {
    const tab = await this.open();
    await this.join(tab, channels, options, subscribeOptions);
    return tab;
  }

  join(tab, channels, options = {}, subscribeOptions = {}) {
    return tab.eval(
      async (url, names, connectOptions, each) => {
        t.connect(url, connectOptions);
        await Promise.all(names.map((name) => t.subscribe(name, each)));
      },
      this.url,
      channels,
      options,
      subscribeOptions,
    );
  }

  /** Wait until the server holds exactly one connection, which every tab sees as open. */
  async connected(tabs) {
    const state = () => Promise.all(tabs.map((tab) => this.#told(tab)));
    await waitFor('one connection', () => this.stream.connections === 1, { state });
    for (const tab of tabs)
      await tab.waitFor('status open', () => t.hub.status === 'open').catch((error) => this.#blame(tab, error));
  }

  /** Gives a wait for a status that each tab is told from here on: one that passes quickly has not to be met. */
  async statuses(tabs) {
    const before = await Promise.all(tabs.map((tab) => tab.eval(() => t.statuses.length)));
    return async (wanted) => {
      for (const [n, tab] of tabs.entries()) {
        await tab
          .waitFor(
            `status ${wanted}`,
            (from, name) => t.statuses.slice(from).some(([status]) => status === name),
            before[n],
            wanted,
          )
          .catch((error) => this.#blame(tab, error));
      }
    };
  }

  /**
   * Wait until `tab` has as many events as expected, then hold that they are exactly these: `[channel, id, data]`, in
   * order. A later event to every tab (`settle`) shows that nothing else was on its way.
   */
  async received(tab, expected) {
    await tab
      .waitFor(`${expected.length} events`, (count) => t.events.length >= count, expected.length)
      .catch((error) => this.#blame(tab, error));
    const got = await tab.eval(() => t.events.map(([channel, id, data]) => [channel, id, data]));
    assert.deepEqual(got, expected);
  }

  /** Push an event that every given tab has subscribed to and wait for it: all sent before it has then arrived. */
  async settle(tabs, channel = 'settle') {
    const id = `settled-${this.stream.total}-${Math.random().toString(36).slice(2)}`;
    this.stream.push({ event: channel, id, data: 'settled' });
    for (const tab of tabs) {
      await tab.waitFor('the last event', (last) => t.events.some(([, seen]) => seen === last), id);
      await tab.eval((last) => {
        t.events = t.events.filter(([, seen]) => seen !== last);
      }, id);
    }
  }

  tabsInStats(tab) {
    return tab.eval(async () => (await t.hub.stats()).tabs).catch((error) => this.#blame(tab, error));
  }

  /** What `tab` has been told: the reason of its status says who has given up. */
  #told(tab) {
    return tab.eval(() => ({ events: t.events, statuses: t.statuses, gaps: t.gaps, errors: t.errors }));
  }

  /** Throws `error`, with that. */
  async #blame(tab, error) {
    error.message += `; it has ${JSON.stringify(await this.#told(tab))}`;
    throw error;
  }
}
