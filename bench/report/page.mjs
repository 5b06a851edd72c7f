import { GOALS, reached } from '../goals.mjs';
import { number } from './table.mjs';

const html = (text) => String(text).replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** What the rates and costs of a fan-out are plotted for, and how they are called. */
const LABELS = {
  tabmux: 'tabmux',
  'limit-array': 'hand-tuned limit, flat array',
  'limit-joined': 'hand-tuned limit, joined string',
  'limit-fetch': 'hand-tuned limit over fetch',
  'tabmux-fetch': 'tabmux over fetch',
  direct: 'one EventSource per tab',
  handwritten: 'SharedWorker, a postMessage per event and tab',
  'fetch-event-source': '@microsoft/fetch-event-source per tab',
  'shared-event-source': 'shared-event-source',
};

const PLOTS = [
  ['fanout', 'rate', 'Deliveries per second', '8 tabs, 20,000 events of 200 bytes in one burst. More is better.'],
  ['fanout', 'cpu', 'Browser CPU per delivery (µs)', 'All processes of the browser. Less is better.'],
  ['fanout_2k', 'rate', 'Deliveries per second, large events', '8 tabs, 5,000 events of 2,000 bytes. More is better.'],
];

/** The report as one static page: plots as SVG, no script. */
export function page(result) {
  const { machine, ratios, raw } = result;
  const plots = PLOTS.filter(([row]) => raw[row]).map(([row, key, title, note]) => {
    const bars = Object.entries(raw[row]).map(([mode, samples]) => ({
      label: LABELS[mode] ?? mode,
      own: mode.startsWith('tabmux'),
      values: samples.map((sample) => sample[key]),
    }));
    return `<section><h2>${html(title)}</h2><p>${html(note)}</p>${bars.length ? chart(bars) : ''}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tabmux: benchmark</title>
<style>${STYLE}</style>
<main>
<h1>tabmux beside its peers</h1>
<p>${html(machine.browser)}, Node ${html(machine.node)}, ${machine.cores} x ${html(machine.cpu)}, ${html(machine.memory)}, ${html(machine.date)}.
All rows of one run, interleaved; medians with the 95 % interval of the median. Every delivered event was counted and
checked. Read them as ratios: another machine has other absolute figures.</p>
${plots.join('\n')}
<section><h2>Goals</h2>${goals(ratios)}</section>
<p>Peers: ${Object.entries(machine.peers)
    .map(([name, version]) => html(`${name} ${version}`))
    .join(', ')}.</p>
</main>
</html>
`;
}

/** One bar a mode, as long as its median; a dot for each sample. */
function chart(bars) {
  const most = Math.max(...bars.flatMap(({ values }) => values));
  const rows = bars.map(({ label, own, values }) => {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted[sorted.length >> 1];
    const percent = (value) => ((value / most) * 100).toFixed(2);
    const dots = values.map((value) => `<circle cx="${percent(value)}%" cy="9" r="2.5"/>`).join('');
    return `<div class="row${own ? ' own' : ''}"><span>${html(label)}</span><svg height="18" role="img" aria-label="${html(label)}: ${format(middle)}"><rect width="${percent(middle)}%" height="18" rx="3"/>${dots}</svg><b>${format(middle)}</b></div>`;
  });
  return `<div class="chart">${rows.join('')}</div>`;
}

const format = (value) => (value >= 1000 ? Math.round(value).toLocaleString('en') : number(value));

function goals(ratios) {
  const lines = Object.keys(GOALS).map((name) => {
    const { goal, better, peer } = GOALS[name];
    const ratio = ratios[name];
    const state = ratio ? (reached(name, ratio) ? 'reached' : 'missed') : 'not measured';
    const value = ratio ? number(ratio.value) : '';
    const spread = ratio && ratio.spread[0] !== ratio.spread[1] ? ratio.spread.map(number).join(' to ') : '';
    const cells = [name, value, spread, `${better === 'higher' ? '≥' : '≤'} ${goal}`, peer ?? '', state];
    return `<tr class="${state.replace(' ', '-')}">${cells.map((cell) => `<td>${html(cell)}</td>`).join('')}</tr>`;
  });
  const head = ['row', 'value', '95 %', 'goal', 'over', ''].map((cell) => `<th>${cell}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --ground: #fff; --bar: #c3ccd6; --own: #1f6feb; --dot: #0008; --line: #d8dee4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa5b1; --ground: #0d1117; --bar: #3a4450; --own: #4493f8; --dot: #fff9; --line: #2a313a; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h2 { margin: 2rem 0 0; font-size: 1.15rem; }
p { color: var(--soft); margin: .25rem 0 1rem; }
.row { display: grid; grid-template-columns: 15rem 1fr 6rem; gap: .75rem; align-items: center; margin: .4rem 0; }
.row svg { width: 100%; overflow: visible; }
.row rect { fill: var(--bar); } .own rect { fill: var(--own); } .own span { font-weight: 600; }
.row circle { fill: var(--dot); }
.row b { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr.reached td:last-child { color: #1a7f37; } tr.missed td:last-child { color: #cf222e; font-weight: 600; }
tr.not-measured td { color: var(--soft); }
@media (prefers-color-scheme: dark) { tr.reached td:last-child { color: #3fb950; } tr.missed td:last-child { color: #f85149; } }
@media (max-width: 40rem) { .row { grid-template-columns: 1fr 5rem; } .row span { grid-column: 1 / -1; } }
`;
