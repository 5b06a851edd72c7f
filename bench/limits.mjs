import { difference, paired, summary } from './lib/stats.mjs';

const FORMS = ['limit-array', 'limit-joined'];

/**
 * What the platform's own limit gets of a ratio, in the same run: row, what of a sample (itself), the modes that may be the limit
 * (of several the one with the better median), what it is over, and by what if not by division.
 */
export const LIMITS = {
  fanout_vs_direct: ['fanout', 'rate', FORMS, 'direct'],
  fanout_vs_handwritten: ['fanout', 'rate', FORMS, 'handwritten'],
  cpu_vs_direct: ['fanout', 'cpu', FORMS, 'direct'],
  server_cpu_vs_direct: ['server', 'cpu', ['limit-joined'], 'direct'],
  server_bytes_vs_direct: ['server', 'bytes', ['limit-joined'], 'direct'],
  cold_first_vs_handwritten: ['cold', 'first', ['handwritten-package'], 'handwritten'],
  cold_second_vs_direct: ['cold', 'second', ['handwritten-package'], 'direct'],
  latency_p50_over_handwritten_ms: ['latency', 'p50', ['limit-array'], 'handwritten', difference],
  latency_p99_over_handwritten_ms: ['latency', 'p99', ['limit-array'], 'handwritten', difference],
  memory_tab_kb: ['memory_tab', undefined, ['limit-joined'], 'direct', difference],
  scale_channels: ['scale', 'workerCpu', ['limit ten thousand channels'], 'limit few'],
  scale_tabs: ['scale', 'workerCpu', ['limit 8 of 200 tabs'], 'limit few'],
};

/** `{ value, spread }` of the limit where `raw` has it; `name` may have a browser behind it. */
export function limitOf(raw, name) {
  const [ratio, browser] = name.split('@');
  const [row, key, modes, over, by] = LIMITS[ratio] ?? [];
  const samples = raw[browser ? `${row}@${browser}` : row];
  if (!samples?.[over]) return undefined;
  const of = (mode) => samples[mode].map((each) => (key ? each[key] : each));
  const found = modes.filter((mode) => samples[mode]).map((mode) => [summary(of(mode)).value, of(mode)]);
  found.sort(([a], [b]) => (key === 'rate' ? b - a : a - b));
  return found[0] && paired(found[0][1], of(over), by);
}
