import { quantile, summary } from '../lib/stats.mjs';
import { startBenchServer } from '../server/start.mjs';

const TABS = 4;
/** Each round; five rounds are over 3,000 in every mode. */
const EVENTS = 1_000;
const EVERY = 10;

/** Added latency, paired: a direct EventSource in the same page, the difference per id. */
export const latency = {
  name: 'latency',
  gives: ['latency_p50_over_handwritten_ms', 'latency_p99_over_handwritten_ms', 'latency_under_frozen_ms'],
  async run(bench) {
    const { browser, sources, progress, rounds } = bench;
    // Cross-origin isolated pages have a clock of 5 µs.
    const server = await startBenchServer({ ports: 2 + TABS, sources, isolated: true });
    const raw = { tabmux: [], handwritten: [], frozen: [] };
    try {
      for (let round = 0; round < rounds; round++) {
        const order = Object.keys(raw);
        for (let n = 0; n < order.length; n++) {
          const what = order[(n + round) % order.length];
          progress(`round ${round + 1} of ${rounds}, ${what}`);
          const isFrozen = what === 'frozen';
          const mode = isFrozen ? 'tabmux' : what;
          raw[what].push(await sample({ browser, server }, `${what}${round}`, mode, isFrozen ? 2 : 0));
        }
      }
    } finally {
      server.stop();
    }
    const minus = (a, b, key) => summary(raw[a].map((each, n) => each[key] - raw[b][n][key]));
    return {
      ratios: {
        latency_p50_over_handwritten_ms: minus('tabmux', 'handwritten', 'p50'),
        latency_p99_over_handwritten_ms: minus('tabmux', 'handwritten', 'p99'),
        latency_under_frozen_ms: minus('frozen', 'tabmux', 'p50'),
      },
      raw,
    };
  },
};

async function sample({ browser, server }, stream, mode, frozen) {
  const profile = await browser.profile();
  try {
    const pages = [];
    for (let n = 0; n < TABS; n++) {
      const url = `${server.origins[1]}/sse/${stream}`;
      const direct = `${server.origins[2 + n]}/sse/${stream}`;
      pages.push(await profile.open(`${server.origins[0]}/pair.html?${new URLSearchParams({ mode, url, direct })}`));
    }
    for (const page of pages) await page.waitForFunction(() => bench.ready);
    for (let n = 0; n < frozen; n++) {
      const query = new URLSearchParams({ mode, url: `${server.origins[1]}/sse/${stream}`, bytes: 200 });
      const page = await profile.open(`${server.origins[0]}/tab.html?${query}`);
      await page.waitForFunction(() => bench.ready);
      const session = await profile.context.newCDPSession(page);
      await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    }
    await server.call('pace', { name: stream, every: EVERY, count: EVENTS, bytes: 200 });
    const added = [];
    for (const page of pages) {
      await page.waitForFunction((count) => bench.count >= count, EVENTS);
      const { wrong, isolated, values } = await page.evaluate(() => ({ ...bench, values: bench.added() }));
      if (wrong > 0 || values.some(Number.isNaN) || values.length !== EVENTS) {
        throw new Error(`${mode}: void, events were lost or repeated`);
      }
      if (!isolated) throw new Error('the page is not cross-origin isolated: its clock is too coarse');
      added.push(...values);
    }
    return { p50: quantile(added, 0.5), p99: quantile(added, 0.99) };
  } finally {
    await profile.close();
  }
}
