import { withTabs } from '../lib/burst.mjs';
import { measured } from '../lib/interleave.mjs';
import { paired } from '../lib/stats.mjs';

/** What one connection takes to have the server's code compiled again after a collection (decisions/0118). */
const WARM_UP = 20_000;
const COUNT = 10_000;

/** What eight tabs cost the server: CPU time and bytes of events that are written one by one, as they come up. */
export const server = {
  name: 'server',
  gives: ['server_cpu_vs_direct', 'server_bytes_vs_direct'],
  browsers: ['chromium', 'firefox', 'webkit'],
  limit: 360,
  async run(bench) {
    // Compiled by now is what writes.
    await sample(bench, 'direct');
    return measured(
      bench,
      ['tabmux', 'limit-joined', 'handwritten', 'direct'],
      (mode) => sample(bench, mode),
      (raw) => {
        const of = (mode, key) => raw[mode].map((each) => each[key]);
        return {
          server_cpu_vs_direct: paired(of('tabmux', 'cpu'), of('direct', 'cpu')),
          server_bytes_vs_direct: paired(of('tabmux', 'bytes'), of('direct', 'bytes')),
        };
      },
    );
  },
};

const sample = (bench, mode) =>
  withTabs(bench, mode, { bytes: 200 }, async ({ expect, check, events }) => {
    const shape = { ...events, group: 10 };
    await expect(WARM_UP + COUNT);
    const result = await bench.server.call('each', { ...shape, warmUp: WARM_UP, count: WARM_UP + COUNT });
    check(WARM_UP + COUNT, result);
    return { cpu: result.cpu, bytes: result.bytes };
  });
