import { isWhole } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { quantile, summary } from '../lib/stats.mjs';

const TABS = 4;
/** The wait for the tabs' hellos is part of it (SPEC D-3). */
export const recovery = {
  name: 'recovery',
  gives: ['recovery_worker_killed_ms'],
  limit: 60,
  async run(bench) {
    const many = { ...bench, rounds: 2 * bench.rounds };
    const { ratios, raw } = await measured(
      many,
      ['killed'],
      (_, round) => sample(bench, `recovery${round}`),
      // All tabs have recovered once the last one has.
      ({ killed }) => ({ recovery_worker_killed_ms: summary(killed.map((tabs) => Math.max(...tabs))) }),
    );
    return { ratios, raw: { longest: raw.killed, p90: quantile(raw.killed.flat(), 0.9) } };
  },
};

/** The longest time without an event, in each tab by its own clock; there is one every 5 ms. */
async function sample({ browser, server }, name) {
  const profile = await browser.profile();
  try {
    const pages = [];
    for (let n = 0; n < TABS; n++) {
      const query = new URLSearchParams({ mode: 'tabmux', url: `${server.origins[1]}/sse/${name}?greet=5`, bytes: 0 });
      pages.push(await profile.open(`${server.origins[0]}/tab.html?${query}`));
    }
    for (const page of pages) {
      await page.waitForFunction(() => bench.count > 100);
      await page.evaluate(() => bench.watch());
    }
    await profile.killSharedWorkers();
    for (const page of pages) await page.waitForFunction(() => bench.pause() > 100 && bench.sinceWatch() > 50);
    const had = await Promise.all(
      pages.map((page) => page.evaluate(() => ({ pause: bench.pause(), count: bench.count, wrong: bench.wrong }))),
    );
    isWhole('recovery', had);
    return had.map(({ pause }) => pause);
  } finally {
    await profile.close();
  }
}
