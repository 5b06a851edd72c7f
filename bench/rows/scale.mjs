import { burstSample, numbered } from '../lib/burst.mjs';
import { interleave } from '../lib/interleave.mjs';
import { paired } from '../lib/stats.mjs';

const COUNT = 20_000;
/** Frames of one page, each with a port of its own, that hold another channel. */
const FRAMES = 24;
const PAGES = 8;

const KINDS = {
  few: { channels: numbered(10) },
  'ten thousand channels': { channels: numbered(10_000) },
  '8 of 200 tabs': { channels: numbered(10), prepare: others },
  'limit few': { mode: 'limit-joined', channels: numbered(10) },
  'limit ten thousand channels': { mode: 'limit-joined', channels: numbered(10_000) },
};

/** What an event costs the worker (CPU of its thread), eight tabs, as channels and tabs that do not hold them grow. */
export const scale = {
  name: 'scale',
  gives: ['scale_channels', 'scale_tabs'],
  async run(bench) {
    // Every channel has had an event before the clock starts.
    const shape = { count: COUNT, bytes: 200, warmUp: COUNT };
    const raw = await interleave(bench, Object.keys(KINDS), (kind) => {
      const { mode = 'tabmux', ...own } = KINDS[kind];
      return burstSample(bench, mode, { ...shape, ...own });
    });
    const of = (kind) => raw[kind].map(({ workerCpu }) => workerCpu);
    return {
      ratios: {
        scale_channels: paired(of('ten thousand channels'), of('few')),
        scale_tabs: paired(of('8 of 200 tabs'), of('few')),
      },
      raw,
    };
  },
};

async function others(profile, url, origin) {
  for (let n = 0; n < PAGES; n++) {
    const query = new URLSearchParams({ mode: 'tabmux', url, bytes: 200, channels: 'other', frames: FRAMES });
    const page = await profile.open(`${origin}/frames.html?${query}`);
    await page.waitForFunction(() => bench.ready);
  }
}
