import { burstSample, numbered } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { paired } from '../lib/stats.mjs';

const COUNT = 20_000;
/** Frames of one page, each with a port of its own, that hold another channel. */
const FRAMES = 24;
const PAGES = 8;

const KINDS = {
  few: { channels: numbered(10) },
  'ten thousand channels': { channels: numbered(10_000) },
  '8 of 200 tabs': { channels: numbered(10), others: true },
  'limit few': { mode: 'limit-joined', channels: numbered(10) },
  'limit ten thousand channels': { mode: 'limit-joined', channels: numbered(10_000) },
  'fetch few': { mode: 'tabmux-fetch', channels: numbered(10) },
  'fetch ten thousand channels': { mode: 'tabmux-fetch', channels: numbered(10_000) },
  'limit fetch few': { mode: 'limit-fetch', channels: numbered(10) },
  'limit fetch ten thousand channels': { mode: 'limit-fetch', channels: numbered(10_000) },
  'limit 8 of 200 tabs': { mode: 'limit-joined', channels: numbered(10), others: true },
};

/** What an event costs the worker (CPU of its thread), eight tabs, as channels and tabs that do not hold them grow. */
export const scale = {
  name: 'scale',
  gives: ['scale_channels', 'scale_tabs'],
  browsers: ['chromium', 'firefox', 'webkit'],
  limit: 420,
  run(bench) {
    // Every channel has had an event before the clock starts.
    const shape = { count: COUNT, bytes: 200, warmUp: COUNT, bursts: 3 };
    return measured(
      bench,
      Object.keys(KINDS),
      async (kind) => {
        const { mode = 'tabmux', others, ...own } = KINDS[kind];
        const prepare = others && ((...into) => fill(mode, ...into));
        const { sustained } = await burstSample(bench, mode, { ...shape, ...own, prepare });
        return sustained;
      },
      (raw) => {
        const of = (kind) => raw[kind].map(({ workerCpu }) => workerCpu);
        return {
          scale_channels: paired(of('ten thousand channels'), of('few')),
          scale_tabs: paired(of('8 of 200 tabs'), of('few')),
        };
      },
    );
  },
  /** Channels over fetch, where no list of the platform's is gone through (decisions/0119): tabmux, and the limit. */
  beside(raw) {
    const over = (kind) => {
      const [many, few] = [`${kind} ten thousand channels`, `${kind} few`].map((each) =>
        raw[each].map(({ workerCpu }) => workerCpu),
      );
      return paired(many, few);
    };
    return { channels_fetch: over('fetch'), limit_channels_fetch: over('limit fetch') };
  },
};

/** Tabs that hold another channel. */
async function fill(mode, profile, url, origin) {
  for (let n = 0; n < PAGES; n++) {
    const query = new URLSearchParams({ mode, url, bytes: 200, channels: 'other', frames: FRAMES });
    const page = await profile.open(`${origin}/frames.html?${query}`);
    await page.waitForFunction(() => bench.ready);
  }
}
