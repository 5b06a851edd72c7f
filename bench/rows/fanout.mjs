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
  limit: 480,
  run(bench) {
    const modes = ['tabmux', ...PEERS];
    if (!bench.quick && bench.browser.name === 'chromium') modes.push('fetch-event-source', 'shared-event-source');
    const shape = { count: 20_000, bytes: 200 };
    return measured(
      bench,
      modes,
      (mode) => burstSample(bench, mode, { ...shape, ...by(mode), bursts: isFast(mode) && !bench.quick ? BURSTS : 1 }),
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
  /** The rates of the first bursts over the limit's, as those over the peers are; and the CPU of warm tabs, as the rate over the limit is. */
  beside: (samples) => ({
    fanout_vs_limit_first: overLimit(samples),
    cpu_vs_direct_warm: paired(
      samples.tabmux.map(({ sustained: { cpu } }) => cpu),
      samples.direct.map(({ cpu }) => cpu),
    ),
    cpu_vs_limit_first: overLimit(samples, (sample) => sample.cpu, cheaper),
    cpu_vs_limit_warm: overLimit(samples, (sample) => sample.sustained.cpu, cheaper),
  }),
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
      (mode) => sustained(bench, mode, { count: 5_000, bytes: 2_000, ...by(mode) }),
      (samples) => ({ fanout_2k_vs_limit: overLimit(samples) }),
    ),
  beside: (samples) => ({
    fanout_2k_vs_limit_first: overLimit(samples, ({ rates: [first] }) => first),
    cpu_vs_limit_warm: overLimit(samples, (sample) => sample.cpu, cheaper),
  }),
};

/**
 * Over fetch, where the events are parsed by the hub and by eventsource-parser; beside them, over which no goal is, the same
 * limit with a scan for the events and the text of a chunk uncut.
 */
export const fanoutFetch = {
  name: 'fanout_fetch',
  gives: ['fanout_fetch_vs_limit'],
  browsers: EVERYWHERE,
  limit: 220,
  run: (bench) =>
    measured(
      bench,
      ['tabmux-fetch', 'limit-fetch', 'limit-fetch-text'],
      (mode) => sustained(bench, mode, { count: 20_000, bytes: 200 }),
      (samples) => ({ fanout_fetch_vs_limit: paired(rates(samples['tabmux-fetch']), rates(samples['limit-fetch'])) }),
    ),
  /** What a delivery takes of the browser's CPU, an event of the worker's thread, over each limit's; and rates over the other's. */
  beside(samples) {
    const over = (key, limit) => {
      const [own, other] = ['tabmux-fetch', limit].map((mode) => samples[mode].map((each) => each[key]));
      // A browser that can't tell its worker's CPU has none, nor a median of it.
      return Number.isFinite(own[0]) ? paired(own, other) : undefined;
    };
    const [flat, text] = ['limit-fetch', 'limit-fetch-text'];
    return {
      cpu_vs_limit: over('cpu', flat),
      worker_cpu_vs_limit: over('workerCpu', flat),
      rate_vs_limit_of_text: over('rate', text),
      cpu_vs_limit_of_text: over('cpu', text),
      worker_cpu_vs_limit_of_text: over('workerCpu', text),
    };
  },
};

/** These rows are about EventSource. */
const by = (mode) => (mode === 'tabmux' ? { transport: 'eventsource' } : {});

const isFast = (mode) => mode === 'tabmux' || mode.startsWith('limit');

/** Medians of its bursts. */
async function sustained(bench, mode, shape) {
  const { sustained: medians, rates: each } = await burstSample(bench, mode, { ...shape, bursts: BURSTS });
  return { ...medians, rates: each };
}

const rates = (samples) => samples.map(({ rate }) => rate);

const faster = (a, b) => median(b) - median(a);
const cheaper = (a, b) => median(a) - median(b);

/** tabmux over the form of the limit that has the better median for this payload. */
function overLimit(samples, what = (sample) => sample.rate, better = faster) {
  const of = (mode) => samples[mode].map(what);
  const [best] = ['limit-array', 'limit-joined'].map(of).sort(better);
  return paired(of('tabmux'), best);
}
