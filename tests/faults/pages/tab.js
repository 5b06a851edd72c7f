import { Record } from './record.js';

let adapter;
let record;
let source;

/** What a test drives in each tab. */
window.f = {
  /**
   * Listen to `names` of the stream at `url` by way of an implementation. Resolves when that says that it has begun.
   * @param {object} options what a scenario asks of the implementation; an adapter takes what it has a word for
   */
  async join(implementation, url, names, options) {
    ({ adapter } = await import(`/adapters/${implementation}.js`));
    record = new Record(names);
    source = adapter(url, names, record, options);
    await source.ready;
  },

  leave() {
    source.close();
  },

  /** All but the events' ranges is for who looks into a failure. */
  read() {
    const { channels, corrupt, statuses, errors, count } = record;
    return { channels, corrupt, statuses, errors, count };
  },

  heads: () => record?.heads() ?? {},
};
