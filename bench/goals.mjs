/**
 * What each row is to reach: a goal that turns out beyond the platform stays here, as missed. `absent`: why there is
 * nothing to measure.
 */
export const GOALS = {
  fanout_vs_direct: { goal: 15, better: 'higher', peer: 'one EventSource per tab' },
  fanout_vs_handwritten: { goal: 18, better: 'higher', peer: 'SharedWorker, a postMessage per event and tab' },
  fanout_vs_limit: { goal: 0.95, better: 'higher', peer: 'hand-tuned limit over EventSource, faster form' },
  fanout_2k_vs_limit: { goal: 0.95, better: 'higher', peer: 'hand-tuned limit over EventSource, faster form' },
  fanout_fetch_vs_limit: { goal: 1.05, better: 'higher', peer: 'fetch, eventsource-parser, flat batches' },
  cpu_vs_direct: { goal: 0.06, better: 'lower', peer: 'one EventSource per tab' },
  server_cpu_vs_direct: { goal: 0.2, better: 'lower', peer: 'one EventSource per tab' },
  server_bytes_vs_direct: { goal: 0.13, better: 'lower', peer: 'one EventSource per tab' },
  connections: { goal: 1, better: 'lower', peer: 'one EventSource per tab: 8' },
  latency_p50_over_handwritten_ms: {
    goal: 0.15,
    better: 'lower',
    peer: 'SharedWorker, a postMessage per event and tab',
  },
  latency_p99_over_handwritten_ms: {
    goal: 0.6,
    better: 'lower',
    peer: 'SharedWorker, a postMessage per event and tab',
  },
  latency_under_frozen_ms: { goal: 0.15, better: 'lower', peer: 'tabmux without frozen tabs' },
  cold_first_vs_handwritten: { goal: 1.15, better: 'lower', peer: 'SharedWorker, a postMessage per event and tab' },
  cold_second_vs_direct: { goal: 1, better: 'lower', peer: 'one EventSource per tab' },
  page_bytes: { goal: 3300, better: 'lower', peer: 'no peer: the first chunk, without those on demand' },
  worker_bytes: { goal: 45000, better: 'lower', peer: 'no peer: worker.js and hub.wasm, without fetch.wasm on demand' },
  parser_native: { goal: 4, better: 'higher', peer: 'eventsource-parser in Node' },
  parser_wasm: { goal: 1.3, better: 'higher', peer: 'eventsource-parser in the worker' },
  parser_linear: { goal: 1.5, better: 'lower', peer: 'a line of 1 MB' },
  scale_channels: { goal: 1.15, better: 'lower', peer: 'tabmux with 10 channels' },
  scale_tabs: { goal: 1.25, better: 'lower', peer: 'tabmux with 8 tabs' },
  memory_tab_kb: { goal: 300, better: 'lower', peer: 'one EventSource per tab' },
  memory_frozen: { goal: 1, better: 'lower', peer: 'the bound of a queue, 16 MiB (heap by CDP: without text)' },
  recovery_worker_killed_ms: { goal: 600, better: 'lower', peer: 'no peer: the slowest tab of each run' },
  handover_leader_ms: { goal: 1000, better: 'lower', peer: null, absent: 'there is no mode `leader`' },
};

/** Goal, direction and peer of a ratio; `name` may have a browser behind it. */
export function goalOf(name) {
  return GOALS[name.split('@')[0]];
}

/** Whether a measured ratio reaches its goal; `fanout_vs_limit` also has to be no slower within its interval. */
export function reached(name, { value, goal, better, spread }) {
  if (name.startsWith('fanout_vs_limit') && spread[1] < 1) return false;
  return better === 'higher' ? value >= goal : value <= goal;
}
