import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';

/** Tabs from which on there is a circle (`src/worker.rs`). */
export const LEAST = 6;
/** Events of a piece: three long runs. */
const PIECE = 750;
/** Pieces that a circle may take to form, or to form again: no tab is invited for a second after one has ended. */
const PIECES = 200;

/** Tabs of one stream with the channel `chat`, bursts for them, and what they have of these. */
export class Bursts {
  /** Events sent. */
  sent = 0;
  /** Tab to the number of its first event. */
  tabs = new Map();

  constructor(scene) {
    this.scene = scene;
  }

  /** A tab that has all from here on. */
  async open(options) {
    const tab = await this.scene.open();
    await this.join(tab, options);
    return tab;
  }

  /** The same of a tab that is there. Nothing is sent meanwhile. */
  async join(tab, options) {
    await tab.eval(() => t.watchAir());
    await this.scene.join(tab, ['chat'], options);
    this.tabs.set(tab, this.sent + 1);
  }

  /** It is not looked at any more. */
  forget(tab) {
    this.tabs.delete(tab);
  }

  push(count = PIECE) {
    for (let n = 0; n < count; n++) {
      const id = String(++this.sent);
      this.scene.stream.push({ event: 'chat', id, data: dataOf(id) });
    }
  }

  /** A burst while `act` does what it does: a piece in each turn, as long as none has more than one that it has not had. */
  async during(act) {
    let isOver = false;
    const acting = act().finally(() => {
      isOver = true;
    });
    const watcher = [...this.tabs.keys()][0];
    const work = async () => {
      while (!isOver) {
        this.push();
        await turn();
        if (watcher) await this.reached(watcher, this.sent - PIECE);
      }
    };
    await Promise.all([acting, work()]);
  }

  /** Waits until `tab` has the event of that number. */
  reached(tab, number) {
    return tab.waitFor(`event ${number}`, (id) => t.events.length && Number(t.events.at(-1)[1]) >= id, number);
  }

  /** Holds that every tab has all that was sent, each event once and in order, and was told of nothing else. */
  async received(tabs = this.tabs.keys()) {
    for (const tab of tabs) {
      const from = this.tabs.get(tab);
      if (this.sent >= from) await this.reached(tab, this.sent);
      assert.deepEqual(await tab.eval(inOrder, from, dataOf('1').length), [this.sent - from + 1, null, [], []]);
    }
  }

  /**
   * The same where a worker has died: a tab that joined its successor later than the others, and stood behind them, was told
   * that something may be missing. From here on each has all again.
   */
  async receivedOrTold() {
    await this.#reachedOrTold();
    this.push(1);
    for (const tab of this.tabs.keys()) {
      await this.reached(tab, this.sent);
      const [ids, causes] = await tab.eval(() => [
        t.events.map(([, id]) => Number(id)),
        t.gaps.map(({ cause }) => cause),
      ]);
      assert.ok(
        ids.every((id, n) => !n || id > ids[n - 1]),
        'none twice, and in order',
      );
      const isWhole = ids.length === this.sent - this.tabs.get(tab) + 1;
      assert.deepEqual([...new Set(causes)], isWhole && !causes.length ? [] : ['worker']);
      await tab.eval(() => {
        t.events = [];
        t.gaps = [];
      });
      this.tabs.set(tab, this.sent + 1);
    }
  }

  /**
   * `received()`, unless the worker has gone with a tab that was closed. WebKit chooses where it lives: in what is left of a tab
   * that an earlier case has closed, too, which it ends as the next one closes (decisions/0011).
   */
  async receivedOrMoved(connections) {
    await this.#reachedOrTold();
    const { browser, stream } = this.scene;
    if (browser.name === 'webkit' && stream.total > connections) await this.receivedOrTold();
    else await this.received();
  }

  /** Who joins a new worker when all has been handed out is told, and gets nothing of it; what comes behind reaches everybody. */
  async #reachedOrTold() {
    const hasIt = (id) => t.gaps.length > 0 || Number(t.events.at(-1)?.[1]) >= id;
    for (const tab of this.tabs.keys()) await tab.waitFor(`event ${this.sent}, or a gap`, hasIt, this.sent);
  }

  /** Bursts until each of `tabs` was named a run that came by the channel, from here on. */
  async onAir(tabs = [...this.tabs.keys()]) {
    const named = () => Promise.all(tabs.map((tab) => tab.eval(() => t.air.named)));
    const before = await named();
    for (let piece = 0; piece < PIECES; piece++) {
      this.push();
      await this.received();
      if ((await named()).every((count, n) => count > before[n])) return;
    }
    const air = await Promise.all(tabs.map((tab) => tab.eval(() => t.air)));
    assert.fail(`not on air: ${JSON.stringify(air)}`);
  }
}

/** Large enough to go on air, and none is another's. */
const dataOf = (id) => `${id} `.padEnd(400, 'x');

/** In the page: how many events there are, the first one that is not the next, gaps, and errors. */
function inOrder(from, length) {
  const wrong = t.events.find(
    ([channel, id, data, replayed], n) =>
      channel !== 'chat' || id !== String(from + n) || !data.startsWith(`${id} `) || data.length !== length || replayed,
  );
  return [t.events.length, wrong?.[1] ?? null, t.gaps.map((gap) => Object.values(gap).join()), t.errors];
}
