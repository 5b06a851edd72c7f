import { burstSample } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { median, paired, summary } from '../lib/stats.mjs';

const EVERYWHERE = ['chromium', 'firefox', 'webkit'];
const PEERS = ['limit-array', 'limit-joined', 'handwritten', 'direct'];

/** A burst is over in half a second, of which one says little; opening its tabs takes three. */
const BURSTS = 5;

/** Deliveries per second of a burst to eight tabs, and what it costs the browser. */
export const fanout = {
  name: 'fanout',
  gives: ['fanout_vs_direct', 'fanout_vs_handwritten', 'fanout_vs_limit', 'cpu_vs_direct', 'connections'],
  browsers: EVERYWHERE,
  quick: true,
  limit: 300,
  run(bench) {
    const modes = ['tabmux', ...PEERS];
    if (!bench.quick && bench.browser.name === 'chromium') modes.push('fetch-event-source', 'shared-event-source');
    const shape = { count: 20_000, bytes: 200 };
    return measured(
      bench,
      modes,
      (mode) => burstSample(bench, mode, { ...shape, bursts: isFast(mode) && !bench.quick ? BURSTS : 1 }),
      (samples) => {
        const of = (mode, key) => samples[mode].map((sample) => sample[key]);
        // Peers that take seconds have one burst, and are compared with the first one of those that have more.
        return {
          fanout_vs_direct: paired(of('tabmux', 'rate'), of('direct', 'rate')),
          fanout_vs_handwritten: paired(of('tabmux', 'rate'), of('handwritten', 'rate')),
          fanout_vs_limit: overLimit(samples, (sample) => sample.sustained.rate),
          cpu_vs_direct: paired(of('tabmux', 'cpu'), of('direct', 'cpu')),
          connections: summary(of('tabmux', 'connections')),
        };
      },
    );
  },
};

/** The same with larger events, where copying counts for more. */
export const fanout2k = {
  name: 'fanout_2k',
  gives: ['fanout_2k_vs_limit'],
  browsers: EVERYWHERE,
  limit: 150,
  run: (bench) =>
    measured(
      bench,
      ['tabmux', 'limit-array', 'limit-joined'],
      (mode) => sustained(bench, mode, { count: 5_000, bytes: 2_000 }),
      (samples) => ({ fanout_2k_vs_limit: overLimit(samples) }),
    ),
};

/** Over fetch, where the events are parsed by the hub and by eventsource-parser. */
export const fanoutFetch = {
  name: 'fanout_fetch',
  gives: ['fanout_fetch_vs_limit'],
  browsers: EVERYWHERE,
  limit: 150,
  run: (bench) =>
    measured(
      bench,
      ['tabmux-fetch', 'limit-fetch'],
      (mode) => sustained(bench, mode, { count: 20_000, bytes: 200 }),
      (samples) => ({ fanout_fetch_vs_limit: paired(rates(samples['tabmux-fetch']), rates(samples['limit-fetch'])) }),
    ),
  /** What a delivery takes of the browser's CPU, an event of the worker's thread, over the limit's. */
  beside(samples) {
    const over = (key) => {
      const [own, limit] = ['tabmux-fetch', 'limit-fetch'].map((mode) => samples[mode].map((each) => each[key]));
      return own[0] === undefined ? undefined : paired(own, limit);
    };
    return { cpu_vs_limit: over('cpu'), worker_cpu_vs_limit: over('workerCpu') };
  },
};

const isFast = (mode) => mode === 'tabmux' || mode.startsWith('limit');

/** Medians of its bursts. */
async function sustained(bench, mode, shape) {
  const { sustained: medians, rates: each } = await burstSample(bench, mode, { ...shape, bursts: BURSTS });
  return { ...medians, rates: each };
}

const rates = (samples) => samples.map(({ rate }) => rate);

/** tabmux over the form of the limit that has the higher median for this payload. */
function overLimit(samples, rate = (sample) => sample.rate) {
  const of = (mode) => samples[mode].map(rate);
  const forms = ['limit-array', 'limit-joined'].map(of);
  const [faster] = forms.sort((a, b) => median(b) - median(a));
  return paired(of('tabmux'), faster);
}
