import { check } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { difference, paired, quantile } from '../lib/stats.mjs';
import { startBenchServer } from '../server/start.mjs';

const TABS = 4;
/** Each round; five rounds are over 3,000 in every mode. */
const EVENTS = 1_000;
const EVERY = 10;
const BYTES = 200;

/** `limit-array`: batches that are acknowledged, by plain JS. */
const KINDS = ['tabmux', 'handwritten', 'frozen', 'limit-array'];

/** Added latency, paired: a direct EventSource in the same page, the difference per id. */
export const latency = {
  name: 'latency',
  gives: ['latency_p50_over_handwritten_ms', 'latency_p99_over_handwritten_ms', 'latency_under_frozen_ms'],
  limit: 480,
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
          const stream = `${what}${round}`;
          return latencySample({ browser, server }, stream, isFrozen ? 'tabmux' : what, { frozen: isFrozen ? 2 : 0 });
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

/**
 * Added latency in ms, p50 and p99 over all events of `tabs` tabs, while `frozen` more are frozen. What these then get is
 * looked at as well, and after that whether anything more came to the others.
 */
export async function latencySample(
  { browser, server },
  stream,
  mode,
  { frozen, tabs = TABS, events = EVENTS, limit },
) {
  const profile = await browser.plainProfile();
  const until = (page, fn) =>
    page.waitForFunction(fn, events, limit).catch(({ message }) => {
      throw new Error(`${mode}: void, events were lost: ${message}`);
    });
  try {
    const pages = [];
    for (let n = 0; n < tabs; n++) {
      const url = `${server.origins[1]}/sse/${stream}`;
      const direct = `${server.origins[2 + n]}/sse/${stream}`;
      const query = new URLSearchParams({ mode, url, direct, bytes: BYTES });
      pages.push(await profile.open(`${server.origins[0]}/pair.html?${query}`));
    }
    for (const page of pages) await page.waitForFunction(() => globalThis.bench?.ready);
    const asleep = [];
    for (let n = 0; n < frozen; n++) {
      const query = new URLSearchParams({ mode, url: `${server.origins[1]}/sse/${stream}`, bytes: BYTES });
      const page = await profile.open(`${server.origins[0]}/tab.html?${query}`);
      await page.waitForFunction(() => bench.ready);
      await profile.show(pages[0]);
      await profile.freeze(page);
      asleep.push(page);
    }
    await server.call('pace', { name: stream, every: EVERY, count: events, bytes: BYTES });
    const added = [];
    for (const page of pages) {
      await until(page, (count) => bench.count >= count);
      const { isolated, values } = await page.evaluate(() => ({ isolated: bench.isolated, values: bench.added() }));
      if (!isolated) throw new Error('the page is not cross-origin isolated: its clock is too coarse');
      added.push(...values);
    }
    for (const page of asleep) {
      await profile.thaw(page);
      await until(page, (count) => bench.count >= count);
    }
    const report = () => ({ count: bench.count, wrong: bench.wrong });
    const reports = await Promise.all([...pages, ...asleep].map((page) => page.evaluate(report)));
    check(mode, events, { reports });
    return { p50: quantile(added, 0.5), p99: quantile(added, 0.99) };
  } finally {
    await profile.close();
  }
}
