import { burstSample } from '../lib/burst.mjs';
import { interleave } from '../lib/interleave.mjs';
import { paired, summary } from '../lib/stats.mjs';

const EVERYWHERE = ['chromium', 'firefox', 'webkit'];
const PEERS = ['limit-array', 'limit-joined', 'handwritten', 'direct'];

/** Deliveries per second of a burst to eight tabs, and what it costs the browser. */
export const fanout = {
  name: 'fanout',
  gives: ['fanout_vs_direct', 'fanout_vs_handwritten', 'fanout_vs_limit', 'cpu_vs_direct', 'connections'],
  browsers: EVERYWHERE,
  quick: true,
  async run(bench) {
    const modes = ['tabmux', ...PEERS];
    if (!bench.quick && bench.browser.name === 'chromium') modes.push('fetch-event-source', 'shared-event-source');
    const samples = await bursts(bench, modes, { count: 20_000, bytes: 200 });
    const of = (mode, key) => samples[mode].map((sample) => sample[key]);
    const own = of('tabmux', 'rate');
    return {
      ratios: {
        fanout_vs_direct: paired(own, of('direct', 'rate')),
        fanout_vs_handwritten: paired(own, of('handwritten', 'rate')),
        fanout_vs_limit: paired(own, limit(samples)),
        cpu_vs_direct: paired(of('tabmux', 'cpu'), of('direct', 'cpu')),
        connections: summary(of('tabmux', 'connections')),
      },
      raw: samples,
    };
  },
};

/** The same with larger events, where copying counts for more. */
export const fanout2k = {
  name: 'fanout_2k',
  gives: ['fanout_2k_vs_limit'],
  browsers: EVERYWHERE,
  async run(bench) {
    const samples = await bursts(bench, ['tabmux', 'limit-array', 'limit-joined'], { count: 5_000, bytes: 2_000 });
    return { ratios: { fanout_2k_vs_limit: paired(rates(samples.tabmux), limit(samples)) }, raw: samples };
  },
};

/** Over fetch, where the events are parsed by the hub and by eventsource-parser. */
export const fanoutFetch = {
  name: 'fanout_fetch',
  gives: ['fanout_fetch_vs_limit'],
  browsers: EVERYWHERE,
  async run(bench) {
    const samples = await bursts(bench, ['tabmux-fetch', 'limit-fetch'], { count: 20_000, bytes: 200 });
    const own = rates(samples['tabmux-fetch']);
    return { ratios: { fanout_fetch_vs_limit: paired(own, rates(samples['limit-fetch'])) }, raw: samples };
  },
};

const bursts = (bench, modes, shape) => interleave(bench, modes, (mode) => burstSample(bench, mode, shape));

const rates = (samples) => samples.map(({ rate }) => rate);

/** The form of the limit that has the higher median for this payload. */
function limit(samples) {
  const both = ['limit-array', 'limit-joined'].map((mode) => rates(samples[mode]));
  return both.sort((a, b) => summary(b).value - summary(a).value)[0];
}
