// Reads byte streams by the browser's own EventSource and by tabmux's fetch: what each makes of them, `[name, data, id]`.
import { connect } from '/tabmux/index.js';

const READERS = {
  native(url, names) {
    return new Promise((resolve) => {
      const events = [];
      const source = new EventSource(url);
      for (const name of new Set(['message', ...names])) {
        source.addEventListener(name, (event) => {
          // A stream may name its events `open` and `error` too.
          if (event instanceof MessageEvent) events.push([event.type, event.data, event.lastEventId]);
        });
      }
      source.addEventListener('error', (event) => {
        if (event instanceof MessageEvent) return;
        source.close();
        resolve(events);
      });
    });
  },

  shared(url) {
    return new Promise((resolve) => {
      const events = [];
      const hub = connect(url, { transport: 'fetch', maxStreamsPerOrigin: 10_000 });
      hub.subscribe('*', ({ channel, data, id }) => events.push([channel, data, id]));
      hub.addEventListener('status', ({ detail: { status } }) => {
        // The response has ended; what was in it has come before this.
        if (status !== 'reconnecting') return;
        hub.close();
        resolve(events);
      });
    });
  },
};

/** Streams read at the same time: with the page's own requests fewer than a browser's six connections. */
const AT_ONCE = 4;

window.t = {
  /** JSON, once all is read: of each vector, by its name, the events that each reader got. */
  results: null,

  /** Read every vector; `url` takes its number and, by `reader`, who asks. */
  async read(url, vectors, cut) {
    t.results = null;
    const results = {};
    const left = vectors.flatMap(({ name, events }, number) =>
      Object.keys(READERS).map((reader) => async () => {
        const at = `${url}?number=${number}&cut=${cut}&reader=${reader}`;
        const got = await READERS[reader](
          at,
          events.map(([event]) => event),
        );
        results[name] = { ...results[name], [reader]: got };
      }),
    );
    const work = async () => {
      for (let next = left.shift(); next; next = left.shift()) await next();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // As text: a driver need not know how to carry a NUL.
    t.results = JSON.stringify(results);
  },
};
