import { withTabs } from '../lib/burst.mjs';
import { interleave } from '../lib/interleave.mjs';
import { paired } from '../lib/stats.mjs';

const WARM_UP = 5_000;
const COUNT = 10_000;

/** What eight tabs cost the server: CPU time and bytes of events that are written one by one, as they come up. */
export const server = {
  name: 'server',
  gives: ['server_cpu_vs_direct', 'server_bytes_vs_direct'],
  async run(bench) {
    // Compiled by now is what writes.
    await sample(bench, 'direct');
    const raw = await interleave(bench, ['tabmux', 'limit-joined', 'handwritten', 'direct'], (mode) =>
      sample(bench, mode),
    );
    const ratio = (key) =>
      paired(
        raw.tabmux.map((each) => each[key]),
        raw.direct.map((each) => each[key]),
      );
    return { ratios: { server_cpu_vs_direct: ratio('cpu'), server_bytes_vs_direct: ratio('bytes') }, raw };
  },
};

const sample = (bench, mode) =>
  withTabs(bench, mode, { bytes: 200 }, async ({ expect, check, events }) => {
    const shape = { ...events, group: 10 };
    await expect(WARM_UP);
    check(WARM_UP, await bench.server.call('each', { ...shape, count: WARM_UP }));
    await expect(WARM_UP + COUNT);
    const result = await bench.server.call('each', { ...shape, first: WARM_UP + 1, count: COUNT });
    check(WARM_UP + COUNT, result);
    return { cpu: result.cpu, bytes: result.bytes };
  });
