import { burstSample } from '../lib/burst.mjs';
import { paired, summary } from '../lib/stats.mjs';

/** Deliveries per second of a burst to eight tabs, with what it costs browser and server. */
export const fanout = {
  name: 'fanout',
  gives: [
    'fanout_vs_direct',
    'fanout_vs_handwritten',
    'fanout_vs_limit',
    'cpu_vs_direct',
    'server_cpu_vs_direct',
    'server_bytes_vs_direct',
    'connections',
  ],
  async run(bench) {
    const modes = ['tabmux', 'limit-array', 'limit-joined', 'handwritten', 'direct'];
    if (!bench.quick) modes.push('fetch-event-source', 'shared-event-source');
    const samples = await interleave(bench, modes, { count: bench.quick ? 10_000 : 20_000, bytes: 200 });
    const of = (mode, key) => samples[mode].map((sample) => sample[key]);
    const own = of('tabmux', 'rate');
    return {
      ratios: {
        fanout_vs_direct: paired(own, of('direct', 'rate')),
        fanout_vs_handwritten: paired(own, of('handwritten', 'rate')),
        fanout_vs_limit: paired(own, limit(samples)),
        cpu_vs_direct: paired(of('tabmux', 'cpu'), of('direct', 'cpu')),
        server_cpu_vs_direct: paired(of('tabmux', 'serverCpu'), of('direct', 'serverCpu')),
        server_bytes_vs_direct: paired(of('tabmux', 'serverBytes'), of('direct', 'serverBytes')),
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
  async run(bench) {
    const samples = await interleave(bench, ['tabmux', 'limit-array', 'limit-joined'], { count: 5_000, bytes: 2_000 });
    const own = samples.tabmux.map(({ rate }) => rate);
    return { ratios: { fanout_2k_vs_limit: paired(own, limit(samples)) }, raw: samples };
  },
};

/** Every mode once a round, the first one another each time: a busy minute falls on all of them. */
export async function interleave(bench, modes, shape) {
  const samples = Object.fromEntries(modes.map((mode) => [mode, []]));
  for (let round = 0; round < bench.rounds; round++) {
    for (let n = 0; n < modes.length; n++) {
      const mode = modes[(n + round) % modes.length];
      bench.progress(`round ${round + 1} of ${bench.rounds}, ${mode}`);
      samples[mode].push(await burstSample(bench, mode, shape));
    }
  }
  return samples;
}

/** The form of the limit that has the higher median for this payload. */
function limit(samples) {
  const rates = ['limit-array', 'limit-joined'].map((mode) => samples[mode].map(({ rate }) => rate));
  return rates.sort((a, b) => summary(b).value - summary(a).value)[0];
}
