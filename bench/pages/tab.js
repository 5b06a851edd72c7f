/**
 * A tab of the benchmark: `?mode=` names the module under test, one of `modes/`, which exports
 * `open({ url, channels, event, ready, transport })`: call `event(data, id)` for each event, `ready()` once all is listened to.
 * `?transport=` is told to a mode that has a choice of them.
 * `?channels=` is a name, or how many there are: c0, c1, …. `?tell=first`: the server is told once the first event has come,
 * for whoever measures a start: to look into the page takes ten milliseconds of it. `?bytes=0`: a stream that goes on, whose data is
 * the id; else `?before=` events have gone before.
 */
const startedAt = performance.now();
const query = new URLSearchParams(location.search);
const named = query.get('channels') ?? 'tick';
const channels = /^\d+$/.test(named) ? Array.from({ length: Number(named) }, (_, n) => `c${n}`) : [named];
const bytes = Number(query.get('bytes'));
/** Number of the last event that was sent before this tab came. */
let before = Number(query.get('before'));

/** For the recovery row: the longest time between two events since `watch()`, and how many came. */
let watched = { count: 0, last: 0, longest: 0 };

const bench = {
  startedAt,
  /** When the first event came. */
  firstAt: 0,
  watch() {
    watched = { count: 0, last: performance.now(), longest: 0 };
  },
  pause: () => watched.longest,
  sinceWatch: () => watched.count,
  /** Events that came. */
  count: 0,
  /** Events that were not the next in turn, or not whole. */
  wrong: 0,
  /** Events that were told to be missing: the ids go on behind them. */
  dropped: 0,
  /** Number of the last event of the burst under way, and those of the bursts after it. */
  last: 0,
  next: [],
  ready: false,
  error: undefined,
};
globalThis.bench = bench;

/** The same cheap check for every mode: the ids count up by one, and the data has its length. */
function event(data, id) {
  const n = Number(id);
  bench.count += 1;
  if (bytes === 0) timed(n, data);
  else if (n !== before + bench.dropped + bench.count || data.length !== bytes) bench.wrong += 1;
  if (n === bench.last) done();
}

/** Where times are asked for, not rates: a tab that comes later begins in the middle, and the data is the id. */
function timed(n, data) {
  if (bench.count === 1) before = n - 1;
  if (n !== before + bench.count || data !== String(n)) bench.wrong += 1;
  const now = performance.now();
  if (!bench.firstAt) {
    bench.firstAt = now;
    if (query.get('tell') === 'first') report({ first: now - startedAt });
  }
  watched.longest = Math.max(watched.longest, now - watched.last);
  watched.last = now;
  watched.count += 1;
}

function done() {
  bench.last = bench.next.shift();
  const { count, wrong } = bench;
  report({ count, wrong });
}

function report(what) {
  fetch('/report', { method: 'POST', body: JSON.stringify(what) });
}

try {
  const { open } = await import(`/app/${query.get('mode')}.js`);
  await open({
    url: query.get('url'),
    channels,
    event,
    transport: query.get('transport') ?? undefined,
    ready: () => {
      bench.ready = true;
    },
  });
} catch (error) {
  bench.error = String(error);
}
