import { Record } from './record.js';

let adapter;
let record;
/** Of an instance that was closed as soon as it was made: nothing may come here. */
let ghost;
let source;

/** What a test drives in each tab. */
window.f = {
  /**
   * Listen to `names` of the stream at `url` by way of an implementation. Resolves when that says that it has begun, with
   * true, or with false when it has not said so within the limit.
   * @param {object} options what a scenario asks of the implementation; an adapter takes what it has a word for
   */
  async join(implementation, url, names, options, limit) {
    ({ adapter } = await import(`/adapters/${implementation}.js`));
    record = new Record(names);
    if (options.isMountedTwice) {
      ghost = new Record(names);
      adapter(url, names, ghost, options).close();
    }
    source = adapter(url, names, record, options);
    const late = new Promise((resolve) => setTimeout(() => resolve(false), limit));
    return Promise.race([late, source.ready.then(() => true)]);
  },

  leave() {
    source.close();
  },

  /** Statuses and errors are for who looks into a failure. */
  read() {
    const { channels, corrupt, statuses, errors, count } = record;
    return {
      channels: [...channels],
      corrupt: ghost?.count ? [...corrupt, ['to a closed instance', ghost.count]] : corrupt,
      statuses,
      errors,
      count,
    };
  },

  heads: () => record?.heads() ?? [],
};
