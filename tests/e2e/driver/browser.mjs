import { BROWSERS, PLAIN_HOST, startBrowser } from './browsers.mjs';
import { LIMIT, waitFor } from './wait.mjs';

export { BROWSERS, PLAIN_HOST };

/** A browser under test: opens tabs, and ends with everything it started. */
export class Browser {
  #session;
  #stop;
  #first;
  tabs = new Set();
  /** The tab of the last command, which is the visible one; undefined when it is gone. */
  lastUsed = undefined;

  constructor(name, { session, pid, stop }, first) {
    this.name = name;
    this.version = session.capabilities.browserVersion;
    /** Of the browser's first process; undefined where the driver does not say. */
    this.pid = session.capabilities['goog:processID'] ?? session.capabilities['moz:processID'];
    /** Of the driver, which has started the browser. */
    this.driverPid = pid;
    this.#session = session;
    this.#stop = stop;
    this.#first = first;
  }

  static async launch(name, options) {
    const started = await startBrowser(name, options);
    const first = await started.session.command('GET', '/window');
    return new Browser(name, started, first);
  }

  /** A real top-level tab at `url`, loaded. */
  async open(url) {
    const handle = await this.#session.exclusive(async (run) => {
      // The window the session began with stays empty and open: closing the last one would end the session.
      await run('POST', '/window', { handle: this.#first });
      const { handle } = await run('POST', '/window/new', { type: 'tab' });
      await run('POST', '/window', { handle });
      await run('POST', '/url', { url });
      return handle;
    });
    const tab = new Tab(this, this.#session, handle);
    this.tabs.add(tab);
    this.lastUsed = tab;
    return tab;
  }

  /** Close every tab that is still open; the browser stays for the next test. */
  async closeTabs() {
    for (const tab of [...this.tabs]) await tab.close();
  }

  /**
   * A command of the DevTools protocol (Chromium only), sent by way of `tab`. Without one it goes by way of the tab that
   * was used last, which stays the visible one: switching to a window shows it and hides the others.
   */
  cdp(command, params = {}, tab = this.lastUsed) {
    return this.#session.exclusive(async (run) => {
      await run('POST', '/window', { handle: tab?.handle ?? this.#first });
      return run('POST', '/goog/cdp/execute', { cmd: command, params });
    });
  }

  /** End every SharedWorker of the browser as if its process had been killed (Chromium only). */
  async killSharedWorkers() {
    const targetInfos = await this.sharedWorkers();
    for (const { targetId } of targetInfos) await this.cdp('Target.closeTarget', { targetId });
    return targetInfos.length;
  }

  /**
   * Stop the only SharedWorker at its next line, as if it hung: it keeps its connection and takes messages, and does
   * nothing. Gives a function that lets it go on (Chromium only).
   */
  async hangSharedWorker() {
    // That of a test before may be on its way out.
    const [{ targetId }] = await waitFor('one worker', async () => {
      const all = await this.sharedWorkers();
      return all.length === 1 && all;
    });
    // Not flat: a session of its own is reached only by messages, whose answers nobody waits for.
    const { sessionId } = await this.cdp('Target.attachToTarget', { targetId, flatten: false });
    let id = 0;
    const say = (method) =>
      this.cdp('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: ++id, method }) });
    await say('Debugger.enable');
    await say('Debugger.pause');
    return async () => {
      await say('Debugger.resume');
      await say('Debugger.disable');
    };
  }

  /** The targets of all SharedWorkers that there are (Chromium only). */
  async sharedWorkers() {
    const { targetInfos } = await this.cdp('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
    return targetInfos;
  }

  async quit() {
    this.tabs.clear();
    await this.#stop();
  }
}

export class Tab {
  /** How long `waitFor` waits; a case that is about a slow promise raises it. */
  limit = LIMIT;
  #browser;
  #session;

  constructor(browser, session, handle) {
    this.#browser = browser;
    this.#session = session;
    this.handle = handle;
  }

  /**
   * Call `fn` in the page with `args` and give its result, awaited. `fn` is sent as source: it sees the page and its
   * arguments, nothing of the test. An error in the page is thrown here with the same name, message and `code`.
   */
  async eval(fn, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      const args = Array.prototype.slice.call(arguments, 0, -1);
      const refuse = (e) => done({ error: { name: String(e && e.name), message: String(e && e.message), code: e && e.code, stack: String(e && e.stack) } });
      try { Promise.resolve((${fn})(...args)).then((value) => done({ value }), refuse); } catch (e) { refuse(e); }`;
    const result = await this.#run((run) => run('POST', '/execute/async', { script, args }));
    if (result?.error) {
      const { name, message, stack } = result.error;
      // Chromium's has it already.
      const told = stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
      throw Object.assign(new Error(message), result.error, { stack: told });
    }
    return result?.value ?? undefined;
  }

  /** Ask `fn` in the page until it gives something truthy. */
  waitFor(what, fn, ...args) {
    return waitFor(what, () => this.eval(fn, ...args), { limit: this.limit });
  }

  async goto(url) {
    await this.#run((run) => run('POST', '/url', { url }));
  }

  async back() {
    await this.#run((run) => run('POST', '/back'));
  }

  async reload() {
    await this.#run((run) => run('POST', '/refresh'));
  }

  /** Make it the visible tab of its window. */
  async show() {
    await this.#run(async () => undefined);
  }

  async close() {
    await this.#run((run) => run('DELETE', '/window'));
    this.#forget();
  }

  /**
   * Freeze the page (Chromium only). The command is answered before the page is frozen: it says so by a note that `witness`, a
   * page of the same origin, finds.
   */
  async freeze(witness) {
    await this.eval(() => {
      localStorage.removeItem('frozen');
      document.addEventListener('freeze', () => localStorage.setItem('frozen', 'yes'), { once: true });
    });
    await witness.waitFor('no note of before', () => !localStorage.getItem('frozen'));
    await this.#browser.cdp('Page.setWebLifecycleState', { state: 'frozen' }, this);
    await witness.waitFor('the page is frozen', () => localStorage.getItem('frozen'));
  }

  async thaw() {
    await this.#browser.cdp('Page.setWebLifecycleState', { state: 'active' }, this);
  }

  /** Crash the page's renderer (Chromium only). The tab is no longer usable; its window may stay. */
  async crash() {
    // A crashing page answers with an error or not at all: what counts is what others see of it.
    await this.#browser.cdp('Page.crash', {}, this).catch(() => undefined);
    this.#forget();
  }

  #forget() {
    this.#browser.tabs.delete(this);
    if (this.#browser.lastUsed === this) this.#browser.lastUsed = undefined;
  }

  #run(steps) {
    return this.#session.exclusive(async (run) => {
      await run('POST', '/window', { handle: this.handle });
      this.#browser.lastUsed = this;
      return steps(run);
    });
  }
}
