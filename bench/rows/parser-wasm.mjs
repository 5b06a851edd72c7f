import { measured } from '../lib/interleave.mjs';
import { paired } from '../lib/stats.mjs';

/** The last is no parser, but what decoding and slicing take alone: in `raw`, beside the peer. */
const PARSERS = ['tabmux', 'eventsource-parser', 'limit'];
const CHUNKS = [1_400, 65_536];

/** The parser as it ships, in a worker, from bytes to events as JS strings; both sizes of chunk have to reach the goal. */
export const parserWasm = {
  name: 'parser_wasm',
  gives: ['parser_wasm'],
  browsers: ['chromium', 'firefox', 'webkit'],
  limit: 30,
  async run(bench) {
    const { browser, server } = bench;
    const profile = await browser.profile();
    try {
      const page = await profile.open(`${server.origins[0]}/parser.html?${++workers}`);
      await page.waitForFunction(() => globalThis.bench?.ready);
      const kinds = CHUNKS.flatMap((chunk) => PARSERS.map((what) => `${what} ${chunk}`));
      const measure = (kind) => page.evaluate((text) => globalThis.bench.run(...text.split(' ')), kind);
      // Engines compile what is hot.
      for (const kind of kinds) await measure(kind);
      return await measured(bench, kinds, measure, (raw) => {
        const ratios = CHUNKS.map((chunk) => paired(raw[`tabmux ${chunk}`], raw[`eventsource-parser ${chunk}`]));
        return { parser_wasm: ratios.sort((a, b) => a.value - b.value)[0] };
      });
    } finally {
      await profile.close();
    }
  },
};

let workers = 0;
