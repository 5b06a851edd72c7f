import { amount, company, html, LABELS, setting } from './labels.mjs';
import { lines } from './table.mjs';

const NAMES = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' };

/** Row, what of a sample, title, note. A plot for each browser that has the row. */
const PLOTS = [
  [
    'fanout',
    'rate',
    'Deliveries per second',
    '8 tabs, 20,000 events of 200 bytes, the first burst into fresh tabs. More is better.',
  ],
  ['fanout', 'cpu', 'Browser CPU per delivery, µs', 'All processes of the browser, in that burst. Less is better.'],
  [
    'fanout_2k',
    'rate',
    'Deliveries per second, large events',
    '8 tabs, 5,000 events of 2,000 bytes, the median of five bursts. More is better.',
  ],
  [
    'fanout_fetch',
    'rate',
    'Deliveries per second, over fetch',
    '8 tabs, 20,000 events of 200 bytes, the median of five bursts. More is better.',
  ],
  [
    'latency',
    'p50',
    'Added latency, median, ms',
    'Over an EventSource in the same page; 4 tabs, 100 events/s. Less is better.',
  ],
  ['latency', 'p99', 'Added latency, 99th percentile, ms', 'In the same runs. Less is better.'],
  ['cold', 'first', 'Script to first event, first tab, ms', 'The worker starts. Less is better.'],
  ['cold', 'second', 'Script to first event, second tab, ms', 'The worker is there. Less is better.'],
  ['memory_tab', undefined, 'Memory of a tab more, KB', 'All processes, from 8 to 16 tabs. Less is better.'],
  ['server', 'cpu', "Server's CPU for 10,000 events, ms", '8 tabs. Less is better.'],
  ['scale', 'workerCpu', "Worker's CPU per event, µs", '8 tabs, 200 bytes, warm. Less is better.'],
  [
    'parser_wasm',
    undefined,
    'Parsers in the worker, MB/s',
    'Bytes to strings, events of 200 bytes, in chunks of so many bytes. More is better.',
  ],
  ['parser', undefined, 'Parsers, MB/s', 'Natively and in Node, chunks of 64 KiB. More is better.'],
];

/** The report as one static page: plots as SVG, no script. */
export function page(result) {
  const { machine, raw } = result;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tabmux: benchmark</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<main>
<h1>tabmux beside its peers</h1>
<p>${html(setting(machine))}.${company(result.runs).replace(/.+/, (text) => ` ${html(text)}.`)}</p>
<p>Of each row all modes are interleaved in one run; bars are medians, dots single runs, intervals those of the median (95 %). Every
delivered event was counted and checked. Read it as ratios: another machine has other absolute figures.</p>
${PLOTS.map((plot) => section(raw, plot)).join('\n')}
<section><h2>Goals</h2>
<p>A name without a browser is Chromium’s. A goal that is missed stays in the table. The limit’s own is
what plain JS gets of the same ratio in the same run where it has the same shape and keeps none of the promises; of a cold start, what the package’s own files take
with the hand-written worker’s work. A goal outside its whole interval is beyond that shape.</p>${goals(result)}</section>
<p>Peers: ${Object.entries(machine.peers)
    .map(([name, version]) => html(`${name} ${version}`))
    .join(', ')}. Not in the registry, so not measured: ${machine.absent.map(html).join(', ')}.</p>
</main>
</html>
`;
}

function section(raw, [row, key, title, note]) {
  const found = Object.keys(NAMES).flatMap((browser) => {
    const samples = raw[browser === 'chromium' ? row : `${row}@${browser}`];
    const bars = Object.entries(samples ?? {})
      .filter(([kind]) => kind !== 'linear')
      .map(([kind, values]) => ({
        label: label(kind),
        own: /^(tabmux|frozen|native|few|ten|8|fetch )/.test(kind),
        values: values.map((sample) => (key ? sample[key] : sample)),
      }));
    return bars.length > 0 ? [[browser, bars]] : [];
  });
  if (found.length === 0) return '';
  const charts = found.map(([browser, bars]) => {
    const heading = row === 'parser' ? '' : `<h3>${NAMES[browser]}</h3>`;
    return `${heading}${chart(bars)}`;
  });
  return `<section><h2>${html(title)}</h2><p>${html(note)}</p>${charts.join('\n')}</section>`;
}

/** `tabmux 1400` is a mode and the size of a chunk. */
function label(kind) {
  if (LABELS[kind]) return LABELS[kind];
  const [mode, size] = kind.split(' ');
  const name = LABELS[mode] ?? mode;
  return size ? `${name}, ${amount(Number(size))}` : name;
}

/** One bar a mode, as long as its median; a dot for each sample. */
function chart(bars) {
  const most = Math.max(...bars.flatMap(({ values }) => values), Number.MIN_VALUE);
  const percent = (value) => ((Math.max(0, value) / most) * 100).toFixed(2);
  const rows = bars.map(({ label, own, values }) => {
    const middle = median(values);
    const dots = values.map((value) => `<circle cx="${percent(value)}%" cy="9" r="2.5"/>`).join('');
    return `<div class="row${own ? ' own' : ''}"><span>${html(label)}</span><svg height="18" role="img" aria-label="${html(label)}: ${amount(middle)}"><rect width="${percent(middle)}%" height="18" rx="3"/>${dots}</svg><b>${amount(middle)}</b></div>`;
  });
  return `<div class="chart">${rows.join('')}</div>`;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function goals(result) {
  const rows = lines(result).map(({ name, value, spread, goal, limit, limitSpread, peer, state, doubt }) => {
    const own = limitSpread ? `${limit} (${limitSpread})` : limit;
    const said = doubt ? `${state} (${doubt})` : state;
    const cells = [name, value, spread, goal, own, peer, said].map((cell) => `<td>${html(cell)}</td>`);
    return `<tr class="${state.split(/[ /:]/)[0]}">${cells.join('')}</tr>`;
  });
  const head = ['row', 'value', '95 %', 'goal', 'limit’s own', 'over', ''].map((cell) => `<th>${cell}</th>`).join('');
  return `<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --ground: #fff; --bar: #c3ccd6; --own: #1f6feb; --dot: #0008; --line: #d8dee4; --good: #1a7f37; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --ground: #0d1117; --bar: #3a4450; --own: #4493f8; --dot: #fff9; --line: #2a313a; --good: #3fb950; --bad: #f85149; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { line-height: 1.2; }
h2 { margin: 2.5rem 0 0; font-size: 1.15rem; }
h3 { margin: 1rem 0 0; font-size: .9rem; font-weight: 600; color: var(--soft); }
p { color: var(--soft); margin: .25rem 0 1rem; }
.row { display: grid; grid-template-columns: 17rem 1fr 5.5rem; gap: .75rem; align-items: center; margin: .4rem 0; font-size: .95rem; }
.row svg { width: 100%; overflow: visible; }
.row rect { fill: var(--bar); } .own rect { fill: var(--own); } .own span { font-weight: 600; }
.row circle { fill: var(--dot); }
.row b { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
td, th { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
td:nth-child(-n + 5) { white-space: nowrap; font-variant-numeric: tabular-nums; }
td:nth-child(6) { min-width: 11rem; }
tr.reached td:last-child { color: var(--good); } tr.missed td:last-child { color: var(--bad); font-weight: 600; }
tr.not td, tr.n td { color: var(--soft); }
@media (max-width: 40rem) { .row { grid-template-columns: 1fr 5.5rem; gap: 0 .75rem; } .row span { grid-column: 1 / -1; } }
`;
