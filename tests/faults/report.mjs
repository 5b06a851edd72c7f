import { PLAIN_HOST } from '../e2e/driver/browser.mjs';
import { add, nothing } from './judge.mjs';
import { isApplicable, SCENARIOS } from './scenarios/index.mjs';

/**
 * @typedef {object} Report what `--json` writes
 * @property {Record<string, string>} versions of the browsers
 * @property {Record<string, string>} titles of the implementations
 * @property {object[]} results one of each run: `{ browser, host, implementation, scenario, …verdict, isBroken }`
 * @property {object} [long] the figures of the long run
 */

const BROWSERS = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKitGTK' };
const COLUMNS = ['sent', 'delivered', 'twice', 'lost', 'told'];

/** Several reports as one; a later run of the same takes the place of an earlier one. */
export function merge(reports) {
  const results = new Map(reports.flatMap((report) => report.results).map((result) => [place(result), result]));
  return {
    versions: Object.assign({}, ...reports.map(({ versions }) => versions)),
    titles: Object.assign({}, ...reports.map(({ titles }) => titles)),
    results: [...results.values()],
    ...Object.assign({}, ...reports.map(({ long }) => long && { long })),
  };
}

const place = ({ browser, host, implementation, scenario }) => [browser, host, implementation, scenario].join();

/** `[{ title, where, scenarios, …sums }]`, one row for each implementation, browser and host. */
export function totals({ results, titles }) {
  const rows = new Map();
  for (const result of results) {
    const { implementation, browser, host } = result;
    const key = [implementation, browser, host].join();
    const where = `${BROWSERS[browser]}, ${host === PLAIN_HOST ? 'plain http' : host}`;
    if (!rows.has(key)) rows.set(key, { implementation, title: titles[implementation], where, runs: 0, ...nothing() });
    const row = rows.get(key);
    row.runs += 1;
    add(row, result);
  }
  return [...rows.values()];
}

/** For the terminal. */
export function terminalTable(report) {
  const rows = totals(report).map((row) => [
    row.title,
    row.where,
    String(row.runs),
    ...COLUMNS.map((column) => String(row[column])),
  ]);
  const head = ['implementation', 'where', 'faults', ...COLUMNS];
  const widths = head.map((text, n) => Math.max(text.length, ...rows.map((row) => row[n].length)));
  const line = (row) => row.map((text, n) => (n < 2 ? text.padEnd(widths[n]) : text.padStart(widths[n]))).join('  ');
  return [head, ...rows].map(line).join('\n');
}

/** Without what only some of the implementations have run that could: sums are of the same then, as far as can be. */
function comparable(report) {
  const all = new Set(report.results.map(place));
  const names = Object.keys(report.titles);
  return report.results.filter((result) => {
    const scenario = SCENARIOS.find(({ name }) => name === result.scenario);
    return names.every(
      (implementation) =>
        !isApplicable(scenario, implementation, result.browser, result.host) ||
        all.has(place({ ...result, implementation })) ||
        // Where it has run nothing at all, nothing is compared.
        !report.results.some(
          (other) =>
            other.implementation === implementation && other.browser === result.browser && other.host === result.host,
        ),
    );
  });
}

/** For the README: the sums, then each fault in one browser. */
export function markdown(whole, browser = 'chromium', host = 'localhost') {
  const report = { ...whole, results: comparable(whole) };
  const number = (count) => count.toLocaleString('en-US');
  const sums = totals(report).map((row) =>
    cells([row.title, row.where, row.runs, ...COLUMNS.map((column) => (row[column] ? number(row[column]) : '0'))]),
  );
  const names = Object.keys(report.titles);
  const at = (name, scenario) =>
    report.results.find(
      (each) =>
        each.implementation === name && each.scenario === scenario && each.browser === browser && each.host === host,
    );
  const faults = SCENARIOS.filter(({ name }) => names.some((each) => at(each, name))).map((scenario) =>
    cells([
      scenario.title,
      ...names.map((name) =>
        isApplicable(scenario, name, browser, host) ? cell(at(name, scenario.name)) : 'not possible',
      ),
    ]),
  );
  return [
    cells(['', 'where', 'scenarios', ...COLUMNS]),
    cells(['---', '---', '--:', ...COLUMNS.map(() => '--:')]),
    ...sums,
    '',
    `Each scenario in ${BROWSERS[browser]} ${(report.versions[browser] ?? '').replace(/\..*/, '')}; ✓ is: all delivered, once, in order.`,
    '',
    cells(['', ...names.map((name) => report.titles[name])]),
    cells(['---', ...names.map(() => '---')]),
    ...faults,
    ...(report.long ? ['', longText(report.long)] : []),
  ].join('\n');
}

const cells = (row) => `| ${row.join(' | ')} |`;

/** What was not as it should be, of one run. */
function cell(result) {
  if (!result) return 'not run';
  if (result.failed) return 'did not run';
  const parts = ['lost', 'twice', 'late', 'corrupt', 'told']
    .filter((key) => result[key] > 0)
    .map((key) => `${result[key]} ${key}`);
  return parts.join(', ') || '✓';
}

function longText({ events, tabs, deaths, opened, delivered, told, lost, twice, seconds, heap }) {
  const number = (count) => count.toLocaleString('en-US');
  return (
    `The long run in Chromium: ${number(events)} events in ${number(seconds)} s to ${tabs} tabs that come and go ` +
    `(${opened} opened), the worker killed ${deaths} times: ${number(delivered)} delivered, ${lost} lost, ` +
    `${twice} twice, ${number(told)} told. Memory after the first tenth and at the end: a tab's heap ` +
    `${heap[1].tab.toFixed(1)} and ${heap.at(-1).tab.toFixed(1)} MB, all of the browser ` +
    `${heap[1].browser.toFixed(0)} and ${heap.at(-1).browser.toFixed(0)} MB.`
  );
}
