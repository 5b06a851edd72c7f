import { limitOf } from '../limits.mjs';
import { number } from './labels.mjs';
import { lines } from './table.mjs';

/** What a ratio is of, to who has not read its definition. */
const WORDS = {
  fanout_vs_direct: 'events/s at 8 tabs, over one EventSource per tab',
  fanout_vs_handwritten: '… over a SharedWorker with a `postMessage` per event and tab',
  fanout_vs_limit: '… over the hand-tuned limit, once warm',
  fanout_2k_vs_limit: '… events of 2,000 bytes',
  fanout_fetch_vs_limit: '… over fetch',
  cpu_vs_direct: "browser's CPU of a delivery, over one EventSource per tab",
  server_cpu_vs_direct: "server's CPU, over one EventSource per tab",
  server_bytes_vs_direct: "server's bytes, over one EventSource per tab",
  connections: 'connections of 8 tabs',
  latency_p50_over_handwritten_ms: 'a single event later than by that `postMessage`, ms, median',
  latency_p99_over_handwritten_ms: '… 99th percentile',
  latency_under_frozen_ms: '… with two tabs more that are frozen, over none, median',
  cold_first_vs_handwritten: "page's script to first event, first tab, over that worker",
  cold_second_vs_direct: '… second tab, over an EventSource of its own',
  page_bytes: '`import { connect }`, first chunk, min+gzip, bytes',
  worker_bytes: "worker's script and `hub.wasm`, gzip, bytes",
  parser_native: 'MB/s of the parser, natively, over eventsource-parser in Node',
  parser_wasm: '… in the worker, over eventsource-parser there',
  parser_linear: '… time per byte of a line of 64 MB over one of 1 MB',
  scale_channels: "worker's CPU of an event, 10,000 channels over 10",
  scale_tabs: '… a channel that 8 of 200 tabs hold, over 8 of 8',
  memory_tab_kb: 'memory of a tab more, over a tab with its own EventSource, KB',
  memory_frozen: "worker's heap and wasm behind a frozen tab, over the bound of its queue",
  recovery_worker_killed_ms: 'worker killed to the next event, ms',
};

/** The README's table of figures. What is missed is bold; a ratio that nobody has measured is not there. */
export function markdown(result) {
  const { ratios, raw } = result;
  const all = Object.fromEntries(lines(result).map((line) => [line.name, line]));
  const rows = Object.entries(WORDS)
    .filter(([name]) => ratios[name])
    .map(([name, words]) => {
      const { value, spread, goal, state } = all[name];
      const own = state === 'missed' ? `**${value}**` : value;
      const limit = limitOf(raw, name);
      const others = ['firefox', 'webkit'].map((browser) => all[`${name}@${browser}`]?.value ?? '');
      return [words, spread ? `${own} (${spread})` : own, goal, limit ? number(limit.value) : '', ...others];
    });
  const head = ['', 'Chromium (95 %)', 'goal there', "limit's own", 'Firefox', 'WebKitGTK'];
  return [head, ['---', ...head.slice(1).map(() => '--:')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
