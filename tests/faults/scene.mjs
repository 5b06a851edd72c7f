import { waitFor } from '../e2e/driver/wait.mjs';
import { IMPLEMENTATIONS } from './adapters/index.mjs';
import { add, isBroken, judge, nothing } from './judge.mjs';

/** Milliseconds until a tab has to have all that was sent, once nothing disturbs any more; what comes later is lost. */
const SETTLE = 20_000;
/** Nor is it waited for longer than that for one that neither gets anything nor asks for it. */
const DEAF = 10_000;
/** Milliseconds until an implementation that lost its connection tries again. */
const AGAIN = 6000;
/** Events that are sent while it is waited for that, about a third of a second's. */
const MEANWHILE = 60;
/** Milliseconds within which an implementation has to say that it has begun. */
const BEGIN = 20_000;

/** What a scenario has in hand: the tabs, the pump, and what it does to the way between them. */
export class Scene {
  /** In the order in which they came: `{ tab, names, first }`, `first` being the first event due, by channel. */
  seats = [];
  verdict = nothing();
  /** What a reader of a failure wants to see, of each tab. */
  records = [];
  corrupt = 0;
  #before = 0;

  /** `lanes`: `{ stream, pump }` of each URL; nearly always there is one. */
  constructor({ rig, lanes, proxy, implementation, host, options }) {
    Object.assign(this, { rig, lanes, proxy, implementation, host, options });
  }

  get stream() {
    return this.lanes[0].stream;
  }

  get pump() {
    return this.lanes[0].pump;
  }

  get browser() {
    return this.rig.browser;
  }

  /** A tab that listens to `names`, from here on. */
  async open(names, lane = this.lanes[0]) {
    const tab = await this.browser.open(`${this.rig.origin(this.host)}/tab.html`);
    const seat = { tab, names, lane };
    await this.join(seat);
    this.seats.push(seat);
    return seat;
  }

  async join(seat) {
    const { tab, names, lane } = seat;
    await tab.waitFor('the page has loaded', () => window.f !== undefined);
    for (const name of names) lane.pump.add(name);
    const url = `/sse/${lane.stream.name}`;
    await tab.eval((...args) => f.join(...args), this.implementation, url, names, this.options, BEGIN);
    // The page says that it has begun: whatever is sent from now on is due.
    seat.first = new Map(names.map((name) => [name, lane.pump.sent.get(name) + 1]));
  }

  /** Send that many events. */
  async more(events) {
    for (const { pump } of this.lanes) pump.send(events);
    const isDone = () => this.lanes.every(({ pump }) => pump.isDone);
    await waitFor(`${events} events more`, isDone, { limit: 60_000, every: 5 });
  }

  /** Wait for a condition that an implementation may never bring about; gives whether it did. */
  async until(condition, limit = AGAIN) {
    return waitFor('', condition, { limit }).then(
      () => true,
      () => false,
    );
  }

  /** As `until`, while events are sent: a bounded number, so that who never comes back is not sent more than others. */
  async #meanwhile(condition, limit) {
    for (const { pump } of this.lanes) pump.send(MEANWHILE);
    const isSo = await this.until(condition, limit);
    for (const { pump } of this.lanes) pump.send(0);
    return isSo;
  }

  /** Do to the connection what `fault` does; `back` then waits for the next one. */
  async lose(fault) {
    this.#before = this.stream.total;
    await fault();
  }

  /** The server is reached again; in vain for an implementation that does not try. */
  back(limit = AGAIN) {
    return this.#meanwhile(() => this.stream.total > this.#before && this.stream.connections > 0, limit);
  }

  /** Since the connection was lost, so many requests have been answered otherwise. */
  refused(count) {
    return this.#meanwhile(() => this.stream.total >= this.#before + count);
  }

  /** `run` with the answers to requests being these; connections that are open end first. */
  async answering(answer, run) {
    this.stream.respond(answer);
    await this.lose(() => this.proxy.cut());
    await run();
    this.stream.respond(null);
  }

  get hasWorker() {
    return IMPLEMENTATIONS[this.implementation].worker !== undefined;
  }

  async killWorker() {
    if (this.browser.name === 'chromium') await this.browser.killSharedWorkers();
    else await this.seats.at(-1).tab.eval(() => new BroadcastChannel('kill').postMessage(''));
  }

  /** The tab goes by `go`: what it has is what it will have had. */
  async leave(seat, go) {
    await this.#judge(seat, null);
    this.seats = this.seats.filter((other) => other !== seat);
    await go(seat.tab);
  }

  async reload(seat) {
    await this.#judge(seat, null);
    await seat.tab.reload();
    await this.join(seat);
  }

  /** Every tab sees the events that come now; then is known who has begun with what. */
  async warm() {
    const all = () => this.#every((head) => head > 0);
    for (let n = 0; n < 100 && !(await all()); n++) {
      for (const { pump } of this.lanes) pump.round();
      await this.until(all, 200);
    }
  }

  /** Wait until every tab has what was sent last on each of its channels. */
  async settle(limit = SETTLE) {
    const end = performance.now() + limit;
    let seen = '';
    let deaf = 0;
    do {
      // Once more each second: who has come back by then and goes on is not deaf.
      for (const { pump } of this.lanes) pump.round();
      if (await this.until(() => this.#every((head, name, { pump }) => head >= pump.sent.get(name)), 1000)) return;
      const now = JSON.stringify([this.stream.total, await this.#heads()]);
      if (seen !== now) deaf = performance.now() + DEAF;
      seen = now;
    } while (performance.now() < Math.min(end, deaf));
  }

  async judgeAll() {
    for (const seat of this.seats) {
      await this.#judge(seat, (name) => seat.lane.pump.sent.get(name));
    }
  }

  /** The verdict over all tabs, with what they recorded where it is broken; `known` is a figure that does not count. */
  async result(known) {
    // A connection that outlives its tabs: on plain http they are missed within 30 s at the latest.
    const count = (key) => this.lanes.reduce((sum, { stream }) => sum + stream[key], 0);
    await this.until(() => count('connections') === 0, 45_000);
    const { verdict, corrupt, records } = this;
    const result = { ...verdict, corrupt, connectionsLeft: count('connections'), requests: count('total') };
    const broken = isBroken({ ...result, ...(known && { [known]: 0 }) });
    return { ...result, isBroken: broken, ...((broken || result.needless > 0) && { records }) };
  }

  async #judge({ tab, names, first }, last) {
    const record = await tab.eval(() => f.read());
    const channels = new Map(record.channels);
    for (const name of names) {
      const verdict = judge(channels.get(name), first.get(name), last?.(name) ?? null);
      add(this.verdict, verdict);
    }
    this.corrupt += record.corrupt.length;
    this.records.push({ ...record, first: [...first] });
  }

  async #every(test) {
    const heads = await this.#heads();
    return heads.every((each, n) => each.every(([name, head]) => test(head, name, this.seats[n].lane)));
  }

  #heads() {
    return Promise.all(this.seats.map(({ tab }) => tab.eval(() => f.heads())));
  }
}
