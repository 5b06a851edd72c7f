import { median } from '../lib/stats.mjs';

/** How the modes of the rows are called where a reader sees them. */
export const LABELS = {
  tabmux: 'tabmux',
  'tabmux-fetch': 'tabmux over fetch',
  'limit-array': 'hand-tuned limit, flat array',
  'limit-joined': 'hand-tuned limit, joined string',
  'limit-loaded': 'such a limit, tabmux’s page code loaded',
  'limit-fetch': 'hand-tuned limit over fetch',
  'limit-fetch-text': 'such a limit, chunks of text and places',
  direct: 'one EventSource per tab',
  handwritten: 'SharedWorker, a postMessage per event and tab',
  'handwritten-module': 'such a worker, a module',
  'handwritten-wasm': 'such a module, tabmux’s wasm compiled first',
  'handwritten-bundle': 'such a worker, tabmux’s page code in one script',
  'handwritten-chunks': 'such a worker, tabmux’s page code in its two',
  'handwritten-package': 'such a worker, all of tabmux’s files loaded',
  few: 'tabmux, 10 channels',
  'ten thousand channels': 'tabmux, 10,000 channels',
  '8 of 200 tabs': 'tabmux, 10 channels, 192 more tabs',
  'limit few': 'hand-tuned limit, 10 channels',
  'limit ten thousand channels': 'hand-tuned limit, 10,000 channels',
  'fetch few': 'tabmux over fetch, 10 channels',
  'fetch ten thousand channels': 'tabmux over fetch, 10,000 channels',
  'limit fetch few': 'hand-tuned limit over fetch, 10 channels',
  'limit fetch ten thousand channels': 'hand-tuned limit over fetch, 10,000 channels',
  'fetch-event-source': '@microsoft/fetch-event-source per tab',
  'shared-event-source': 'shared-event-source',
  'limit 8 of 200 tabs': 'hand-tuned limit, 10 channels, 192 more tabs',
  frozen: 'tabmux, two more tabs frozen',
  native: 'tabmux, natively',
  eventsource: 'eventsource, over a socket',
  'eventsource-stream': 'eventsource-stream, natively',
  undici: "undici's EventSource, over a socket",
  node: "Node's own EventSource, over a socket",
};

export const html = (text) => String(text).replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** Three digits that mean something. */
export function number(value) {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

export const amount = (value) => (value >= 1000 ? Math.round(value).toLocaleString('en') : number(value));

/** Where and when; also whether the machine had other things to do. */
export function setting({ browsers, node, cores, cpu, memory, load, date, later = {} }) {
  const programs = [...Object.values(browsers), `Node ${node}`].join(', ');
  const busy = load > 1 ? `; the machine was busy (load ${load})` : '';
  const anew = new Map();
  for (const [row, at] of Object.entries(later)) {
    const when = `${at.date} (load ${at.load})`;
    anew.set(when, [...(anew.get(when) ?? []), row]);
  }
  const others = [...anew].map(([when, rows]) => `; on ${when} were measured: ${rows.join(', ')}`);
  return `${programs}; ${cores} x ${cpu}, ${memory}; ${date}${busy}${others.join('')}`;
}

const percent = (share) => `${number(share * 100)} %`;

/** What others had of the machine while it was measured, and what was made of it; '' where it was not looked at. */
export function company(runs = {}) {
  const all = Object.values(runs);
  if (all.length === 0) return '';
  const of = (key) => {
    const shares = all.flatMap(({ neighbours }) => Object.values(neighbours).flatMap((kind) => kind[key]));
    return `${percent(median(shares))} (up to ${percent(Math.max(...shares))})`;
  };
  const rounds = all.reduce((sum, run) => sum + run.rounds, 0);
  const repeated = all.reduce((sum, run) => sum + run.repeated, 0);
  const again = `${repeated} ${repeated === 1 ? 'was' : 'were'} made again, since over a tenth of it was taken away`;
  return `Of all CPU time of the machine the hypervisor gave ${of('steal')} to others, and processes that are not of the benchmark took ${of('others')}, by sample; ${rounds} rounds count, ${again}`;
}
