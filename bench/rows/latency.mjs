import { measured } from '../lib/interleave.mjs';
import { difference, paired, quantile } from '../lib/stats.mjs';
import { startBenchServer } from '../server/start.mjs';

const TABS = 4;
/** Each round; five rounds are over 3,000 in every mode. */
const EVENTS = 1_000;
const EVERY = 10;

/** `limit-array`: batches that are acknowledged, by plain JS. */
const KINDS = ['tabmux', 'handwritten', 'frozen', 'limit-array'];

/** Added latency, paired: a direct EventSource in the same page, the difference per id. */
export const latency = {
  name: 'latency',
  gives: ['latency_p50_over_handwritten_ms', 'latency_p99_over_handwritten_ms', 'latency_under_frozen_ms'],
  limit: 270,
  async run(bench) {
    const { browser, sources, folder } = bench;
    // Cross-origin isolated pages have a clock of 5 µs.
    const server = await startBenchServer({ folder, ports: 2 + TABS, sources, isolated: true });
    try {
      return await measured(
        bench,
        KINDS,
        (what, round) => {
          const isFrozen = what === 'frozen';
          return sample({ browser, server }, `${what}${round}`, isFrozen ? 'tabmux' : what, isFrozen ? 2 : 0);
        },
        ratios,
      );
    } finally {
      server.stop();
    }
  },
};

function ratios(raw) {
  const minus = (a, b, key) => {
    const [own, other] = [a, b].map((kind) => raw[kind].map((each) => each[key]));
    return paired(own, other, difference);
  };
  return {
    latency_p50_over_handwritten_ms: minus('tabmux', 'handwritten', 'p50'),
    latency_p99_over_handwritten_ms: minus('tabmux', 'handwritten', 'p99'),
    latency_under_frozen_ms: minus('frozen', 'tabmux', 'p50'),
  };
}

async function sample({ browser, server }, stream, mode, frozen) {
  const profile = await browser.plainProfile();
  try {
    const pages = [];
    for (let n = 0; n < TABS; n++) {
      const url = `${server.origins[1]}/sse/${stream}`;
      const direct = `${server.origins[2 + n]}/sse/${stream}`;
      pages.push(await profile.open(`${server.origins[0]}/pair.html?${new URLSearchParams({ mode, url, direct })}`));
    }
    for (const page of pages) await page.waitForFunction(() => globalThis.bench?.ready);
    for (let n = 0; n < frozen; n++) {
      const query = new URLSearchParams({ mode, url: `${server.origins[1]}/sse/${stream}`, bytes: 200 });
      const page = await profile.open(`${server.origins[0]}/tab.html?${query}`);
      await page.waitForFunction(() => bench.ready);
      await profile.show(pages[0]);
      await profile.freeze(page);
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
