import { parsePayload, SAME } from './payload.js';

/**
 * What one tab was handed, in the order in which it was: per channel a list of `[from, to]` (events without a hole
 * between them) and of what it was told between them: `['gap', dropped, cause]` or `['error']`. A million events without
 * a hole take one entry.
 */
export class Record {
  channels = new Map();
  /** Events that are none of the server's: changed data, wrong id, wrong channel. */
  corrupt = [];
  statuses = [];
  errors = [];
  count = 0;
  #same = 0;

  constructor(names) {
    for (const name of names) this.channels.set(name, []);
  }

  /** An event on `channel`; null where the implementation has no channels, and the data alone says it. */
  event(channel, id, data) {
    const [named, said, saidId] = parsePayload(data) ?? [];
    const seq = named === SAME ? ++this.#same : said;
    if (seq === undefined || (saidId ?? id) !== id || (channel !== null && named !== channel)) {
      if (this.corrupt.length < 10) this.corrupt.push([channel, id, String(data).slice(0, 100)]);
      return;
    }
    const items = this.channels.get(named);
    // An implementation without channels hands every tab everything.
    if (!items) return;
    this.count += 1;
    const last = items.at(-1);
    if (last && last[1] === seq - 1 && typeof last[0] === 'number') last[1] = seq;
    else items.push([seq, seq]);
  }

  /** Events are missing on `channel` (`'*'`: on all); `dropped` is null where the count is not known. */
  gap(channel, dropped, cause) {
    for (const [name, items] of this.channels) {
      if (channel === '*' || channel === name) items.push(['gap', dropped, cause]);
    }
  }

  /** The connection has failed; nothing is said about events. */
  error(text) {
    if (this.errors.length < 50) this.errors.push(text);
    for (const items of this.channels.values()) if (items.at(-1)?.[0] !== 'error') items.push(['error']);
  }

  status(status) {
    if (this.statuses.length < 200) this.statuses.push(status);
  }

  /** `[channel, seq]`: the last event of each channel; 0 for none. */
  heads() {
    const last = (head, [from, to]) => (typeof from === 'number' ? Math.max(head, to) : head);
    return [...this.channels].map(([name, items]) => [name, items.reduce(last, 0)]);
  }
}
