import { waitFor } from '../../tests/e2e/driver/wait.mjs';
import { check, expect, ready } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { difference, paired, summary } from '../lib/stats.mjs';

/** UTF-16 units that a tab's queue holds by default (README, `buffer`). A unit of ASCII is a byte. */
const BOUND = 16 << 20;
const EVENTS = 1_000_000;
const BURST = 50_000;
const BYTES = 200;

/** Processes beside the tabs' come and go (a service for models on the device: 1 MB a tab): then a sample is taken anew. */
const ANEW = 3;
/** The browser's own process grows with the first tabs by 500 KB a tab more than later, and with the second lot by as much less. */
const WARM_UP = 2;
/** Events for the first eight tabs: by then what a worker and a page compile once is compiled (decisions/0104). */
const EARLY = 2_000;
/** Events for all tabs after that. */
const LATER = 100;

let streams = 0;

/**
 * What a tab more costs: all processes of the browser, proportionally, less the same for a direct EventSource. `limit-loaded`: the
 * limit in a page that has tabmux's two scripts and calls nothing of them.
 */
export const memoryTab = {
  name: 'memory_tab',
  gives: ['memory_tab_kb'],
  limit: 1_200,
  async run(bench) {
    for (let n = 1; n <= WARM_UP; n++) {
      bench.progress(`warm-up ${n} of ${WARM_UP}`);
      await tabSample(bench, 'direct');
    }
    return measured(
      bench,
      ['tabmux', 'direct', 'limit-joined', 'limit-loaded'],
      async (mode) => {
        for (let n = 1; ; n++) {
          const { kb, isAlike } = await tabSample(bench, mode);
          if (isAlike) return kb;
          if (n === ANEW) throw new Error('void: other processes of the browser came or went in each sample');
          bench.progress(`${mode} again: another process of the browser came or went`);
        }
      },
      (raw) => ({ memory_tab_kb: paired(raw.tabmux, raw.direct, difference) }),
    );
  },
  /** The limit with that code, over direct; and what the code has of it. */
  beside: (raw) => ({
    limit_with_the_code_kb: paired(raw['limit-loaded'], raw.direct, difference),
    the_code_kb: paired(raw['limit-loaded'], raw['limit-joined'], difference),
  }),
};

/** The worker's heap and its wasm's memory while a tab is frozen through a million events, over the queue's bound. */
export const memoryFrozen = {
  name: 'memory_frozen',
  gives: ['memory_frozen'],
  limit: 120,
  async run(bench) {
    const { ratios, raw } = await measured(
      bench,
      ['frozen'],
      () => frozenSample(bench),
      ({ frozen }) => ({ memory_frozen: summary(frozen.map(({ heap, wasm }) => (heap + wasm) / BOUND)) }),
    );
    return { ratios, raw: raw.frozen };
  },
  /** The same with the text of what waits, which the goal's heap leaves out. */
  beside: (samples) => ({
    with_text: summary(samples.map(({ heap, wasm, text }) => (heap + wasm + text) / BOUND)),
  }),
};

/** KB a tab, from 8 to 16; `isAlike`: beside the tabs' there were the same processes. */
async function tabSample({ browser, server }, mode) {
  const name = `memory${++streams}`;
  const isDirect = mode === 'direct';
  const profile = await browser.profile();
  try {
    const pages = [];
    const looks = [];
    for (const tabs of [8, 16]) {
      const before = tabs === 8 ? 0 : EARLY;
      const count = tabs === 8 ? EARLY : LATER;
      while (pages.length < tabs) {
        // No more than six connections to a port.
        const own = isDirect ? 1 + (pages.length % 8) : 1;
        const query = new URLSearchParams({
          mode,
          url: `${server.origins[own]}/sse/${name}`,
          bytes: BYTES,
          before,
        });
        pages.push(await profile.open(`${server.origins[0]}/tab.html?${query}`));
      }
      await ready(server, name, pages, isDirect ? tabs : 1);
      await server.call('pace', { name, every: 1, first: before + 1, count, bytes: BYTES });
      for (const [n, page] of pages.entries()) {
        // Those that came later have had the later events alone.
        const had = n < 8 ? before + count : count;
        await page.waitForFunction((had) => bench.count === had, had);
        check(mode, had, { reports: [await page.evaluate(() => ({ count: bench.count, wrong: bench.wrong }))] });
      }
      looks.push({ kb: await settled(browser, profile), beside: browser.beside().join() });
    }
    const [before, after] = looks;
    return { kb: (after.kb - before.kb) / 8, isAlike: after.beside === before.beside };
  } finally {
    await profile.close();
  }
}

/** Chromium's allocators give back what is free every four seconds: for so many ms it may yet fall, however still it is. */
const RECLAIM = 12_000;
const LOOKS = 3;

/** KB, each time after a collection, once the allocators have had their turns and the last looks agree. */
async function settled(browser, profile) {
  const end = performance.now() + RECLAIM;
  const looks = [];
  return waitFor(
    'memory stays the same',
    async () => {
      await profile.collectGarbage();
      looks.push(browser.memory());
      const last = looks.slice(-LOOKS);
      const isSame = last.length === LOOKS && Math.max(...last) - Math.min(...last) < last[0] / 2000;
      return performance.now() > end && isSame && last[LOOKS - 1];
    },
    { every: 1_000, limit: 60_000, state: () => looks },
  );
}

/**
 * Bytes of the worker while a tab of `mode` is frozen through `events` events. Throws unless that tab then has, in turn, each
 * event that it was not told to be missing, at its place.
 */
export async function frozenSample({ browser, server }, { mode = 'tabmux', events = EVENTS, burst = BURST } = {}) {
  const name = `frozen${++streams}`;
  const profile = await browser.plainProfile();
  try {
    const query = new URLSearchParams({ mode, url: `${server.origins[1]}/sse/${name}`, bytes: BYTES });
    const open = () => profile.open(`${server.origins[0]}/tab.html?${query}`);
    const [frozen, live] = [await open(), await open()];
    await ready(server, name, [live, frozen], 1);
    await frozen.evaluate(() => {
      hub.addEventListener('gap', ({ detail }) => {
        bench.dropped += detail.dropped;
      });
    });
    const empty = await profile.workerMemory();
    await profile.freeze(frozen);
    for (let sent = 0; sent < events; sent += burst) {
      await expect([live], sent + burst);
      const shape = { name, first: sent + 1, count: burst, bytes: BYTES, pages: 1, limit: 60_000 };
      check(mode, sent + burst, await server.call('burst', shape));
    }
    const memory = await profile.workerMemory();
    await profile.thaw(frozen);
    // What overflowed is told, and what waited comes.
    await frozen.waitForFunction((all) => bench.count + bench.dropped >= all, events);
    const [had] = await looked([frozen]);
    const { count, dropped, wrong } = had;
    if (wrong > 0 || count + dropped !== events || dropped < events / 2) {
      throw new Error(`void: of ${events} events the frozen tab was told and had ${JSON.stringify(had)}`);
    }
    check(mode, events, { reports: await looked([live]) });
    return { ...memory, empty, count, dropped };
  } finally {
    await profile.close();
  }
}

const looked = (pages) =>
  Promise.all(
    pages.map((page) => page.evaluate(() => ({ count: bench.count, dropped: bench.dropped, wrong: bench.wrong }))),
  );
