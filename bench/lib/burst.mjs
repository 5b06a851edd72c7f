import { waitFor } from '../../tests/e2e/driver/wait.mjs';
import { median } from './stats.mjs';

/** Longest wait for all tabs to have all events. */
const LIMIT = 120_000;
const WARM_UP = 2_000;

let streams = 0;

/**
 * One sample: `tabs` fresh tabs in `mode` get a burst of `count` events, after a smaller one that warms the engine up.
 * Gives deliveries per second by the server's clock, CPU per delivery (µs) of the browser, CPU per event (µs) of its
 * SharedWorkers where that can be told, and the server's connections. A run that lost, repeated or reordered an event throws.
 * Of several `bursts` into the same tabs that is the first one's; `sustained` has the medians of all, `rates` each rate.
 *
 * @param mode of [`MODES`], or one like them
 * @param shape `channels`: what the tabs hold, one name or `numbered`; `transport`: by what they have to be reached, if the
 *   row says so; `prepare(profile, url, origin)` opens more pages
 */
export function burstSample(bench, mode, { count, bytes, warmUp = WARM_UP, bursts = 1, ...shape }) {
  return withTabs(bench, mode, { bytes, ...shape }, async ({ name, tabs, expect, check, events }) => {
    const { browser, server } = bench;
    await expect(warmUp, ...Array.from({ length: bursts }, (_, n) => warmUp + (n + 1) * count));
    check(warmUp, await server.call('burst', { ...events, count: warmUp }));
    const each = [];
    for (let sent = warmUp; each.length < bursts; ) {
      const before = { cpu: browser.cpu(), worker: browser.workerCpu?.() };
      const result = await server.call('burst', { ...events, first: sent + 1, count });
      const cpu = browser.cpu() - before.cpu;
      const workerCpu = browser.workerCpu && (browser.workerCpu() - before.worker) / count;
      sent += count;
      check(sent, result);
      const deliveries = tabs * count;
      each.push({ rate: (deliveries / result.time) * 1000, cpu: (cpu * 1000) / deliveries, workerCpu });
    }
    const connections = await server.call('connections', { name });
    const of = (key) => each.map((burst) => burst[key]);
    const sustained = Object.fromEntries(Object.keys(each[0]).map((key) => [key, median(of(key))]));
    return { ...each[0], connections, sustained, rates: of('rate') };
  });
}

/**
 * Runs `body` with `tabs` fresh tabs in `mode` that listen. It is given `events`, what the server's operations are to be
 * told; `expect(...lasts)`, which tells the tabs at which numbers to report; `check(count, { reports })`, which throws unless
 * each has had so many events, each the next in turn and whole. After it nothing more may have come.
 */
export async function withTabs({ browser, server }, mode, { tabs = 8, bytes, limit = LIMIT, prepare, ...shape }, body) {
  const { file, ownPort, names = ['tick'], ...own } = MODES[mode] ?? mode;
  const { channels = names, transport = own.transport } = shape;
  const name = `b${++streams}`;
  const profile = await browser.profile();
  const before = await server.call('fetching');
  try {
    const pages = [];
    for (let n = 0; n < tabs; n++) {
      // The browser's limit of six connections to a host and port is not what is compared here.
      const origin = server.origins[ownPort ? 1 + n : 1];
      const query = new URLSearchParams({ mode: file, url: `${origin}/sse/${name}`, bytes, channels: brief(channels) });
      if (transport) query.set('transport', transport);
      pages.push(await profile.open(`${server.origins[0]}/tab.html?${query}`));
    }
    await prepare?.(profile, `${server.origins[1]}/sse/${name}`, server.origins[0]);
    await ready(server, name, pages, ownPort ? tabs : 1);
    let last = 0;
    const given = await body({
      name,
      tabs,
      events: { name, bytes, channels: channels.map(sent), pages: tabs, limit },
      expect(...lasts) {
        last = lasts.at(-1);
        return expect(pages, ...lasts);
      },
      check: (count, result) => check(file, count, result),
    });
    for (const page of pages) {
      check(file, last, { reports: [await page.evaluate(() => ({ count: bench.count, wrong: bench.wrong }))] });
    }
    const isFetch = (await server.call('fetching')) > before;
    if (transport && isFetch !== (transport === 'fetch')) {
      throw new Error(`${file}: void, not by ${transport}`);
    }
    return given;
  } finally {
    await profile.close();
  }
}

/** Script, whether every tab needs a connection of its own, and what its events are called. */
const MODES = {
  direct: { file: 'direct', ownPort: true },
  'fetch-event-source': { file: 'fetch-event-source', ownPort: true },
  'shared-event-source': { file: 'shared-event-source', names: ['message'] },
  handwritten: { file: 'handwritten' },
  'limit-array': { file: 'limit-array' },
  'limit-joined': { file: 'limit-joined' },
  'limit-fetch': { file: 'limit-fetch' },
  'limit-fetch-text': { file: 'limit-fetch-text' },
  tabmux: { file: 'tabmux' },
  'tabmux-fetch': { file: 'tabmux-fetch', transport: 'fetch' },
};

/** Ten thousand names are too long for a URL: pages number them as `numbered` does. */
const brief = (channels) => (channels.length > 1 ? channels.length : channels);

export const numbered = (count) => Array.from({ length: count }, (_, n) => `c${n}`);

/** An event without a name is a `message`. */
const sent = (channel) => (channel === 'message' ? '' : channel);

/** Waits until every page listens and the server has so many connections. */
export async function ready(server, name, pages, connections) {
  for (const page of pages) {
    await page.waitForFunction(() => bench.ready || bench.error);
    const error = await page.evaluate(() => bench.error);
    if (error) throw new Error(error);
  }
  let open;
  await waitFor(
    `${name}: ${connections} connections`,
    async () => {
      open = await server.call('connections', { name });
      // Every page listens: one too many does not go again, and to wait for that would only tell of a time.
      if (open > connections)
        throw new Error(`${name}: ${open} connections instead of ${connections === 1 ? 'one' : connections}`);
      return open === connections;
    },
    { state: () => open },
  );
}

/**
 * Tells the pages the number of the last event of each burst that comes. All at once: what is evaluated between two bursts may
 * make an engine drop what it has compiled for the first (decisions/0097).
 */
export const expect = (pages, ...lasts) =>
  Promise.all(
    pages.map((page) =>
      page.evaluate(([last, ...next]) => {
        Object.assign(bench, { last, next });
      }, lasts),
    ),
  );

/** Throws unless every page has had so many events, each the next in turn and whole. */
export const check = (mode, count, { reports }) => isWhole(mode, reports, count);

/** The same of streams that go on, where each has had its own number. */
export function isWhole(mode, reports, count) {
  const bad = reports.filter(
    (report) => report.wrong !== 0 || !(count === undefined ? report.count > 0 : report.count === count),
  );
  if (bad.length > 0) throw new Error(`${mode}: void, events were lost or repeated: ${JSON.stringify(bad)}`);
}
