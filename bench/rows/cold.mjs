import { isWhole } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { paired } from '../lib/stats.mjs';

/** What the platform takes for the package's shape, piece by piece, with the hand-written worker's work (decisions/0090). */
const PIECES = ['module', 'wasm', 'bundle', 'chunks', 'package'].map((piece) => `handwritten-${piece}`);

const LIMIT = 20_000;

let streams = 0;

/** From a page's script to its first event, in a first tab (the worker starts) and in a second one. */
export const cold = {
  name: 'cold',
  gives: ['cold_first_vs_handwritten', 'cold_second_vs_direct'],
  browsers: ['chromium', 'firefox', 'webkit'],
  limit: 480,
  run(bench) {
    // Single starts vary more than bursts do, and are soon done.
    const many = { ...bench, rounds: 4 * bench.rounds };
    // The pieces are for the goals, which are Chromium's; of them the others have the limit.
    const pieces = bench.browser.name === 'chromium' ? PIECES : ['handwritten-package'];
    return measured(
      many,
      ['tabmux', 'handwritten', 'direct', ...pieces],
      (mode) => sample(bench, mode),
      (raw) => {
        const of = (mode, key) => raw[mode].map((each) => each[key]);
        return {
          cold_first_vs_handwritten: paired(of('tabmux', 'first'), of('handwritten', 'first')),
          cold_second_vs_direct: paired(of('tabmux', 'second'), of('direct', 'second')),
        };
      },
    );
  },
};

async function sample({ browser, server }, mode) {
  const name = `cold${++streams}`;
  const profile = await browser.profile();
  try {
    const times = [];
    const pages = await profile.blank(2);
    for (const [n, page] of pages.entries()) {
      // One event on connecting, then one every 5 ms.
      const url = `${server.origins[mode === 'direct' ? 1 + n : 1]}/sse/${name}?greet=5`;
      await page.bringToFront();
      // Nothing looks into the page meanwhile: what a driver puts there for that is ten milliseconds of its thread (decisions/0113).
      const [[{ first }]] = await Promise.all([
        server.call('reports', { pages: 1, limit: LIMIT }),
        page.goto(`${server.origins[0]}/tab.html?${new URLSearchParams({ mode, url, bytes: 0, tell: 'first' })}`),
      ]);
      times.push(first);
    }
    for (const page of pages) {
      isWhole(mode, [await page.evaluate(() => ({ count: bench.count, wrong: bench.wrong }))]);
    }
    return { first: times[0], second: times[1] };
  } finally {
    await profile.close();
  }
}
