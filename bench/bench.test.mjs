import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inRoot } from '../scripts/lib/paths.mjs';
import { GOALS, reached } from './goals.mjs';
import { burstSample } from './lib/burst.mjs';
import { launchChromium } from './lib/chromium.mjs';
import { paired, quantile, summary } from './lib/stats.mjs';
import { LIMITS, limitOf } from './limits.mjs';
import { page } from './report/page.mjs';
import { pictures } from './report/picture.mjs';
import { table } from './report/table.mjs';
import { ROWS } from './rows/index.mjs';
import { payload, rows } from './server/burst.mjs';
import { startBenchServer } from './server/start.mjs';

/** What may go wrong on the way of an event, as modes of a tab: each is given event and id, and passes them on. */
const FAULTS = {
  none: 'event(data, id)',
  lost: 'if (id !== "50") event(data, id)',
  'the last lost': 'if (id !== "110") event(data, id)',
  repeated: 'event(data, id); if (id === "50") event(data, id)',
  'the last repeated': 'event(data, id); if (id === "110") event(data, id)',
  swapped: 'if (id === "50") late = data; else event(data, id); if (id === "51") event(late, "50")',
  cut: 'event(id === "50" ? data.slice(1) : data, id)',
};

let browser;
let server;
before(async () => {
  const sources = Object.entries(FAULTS).map(([name, pass], n) => [
    `/app/fault${n}.js`,
    `/* ${name} */ let late;
    export function open({ url, event, ready }) {
      const source = new EventSource(url);
      source.addEventListener('tick', ({ data, lastEventId: id }) => { ${pass} });
      source.onopen = ready;
    }`,
  ]);
  server = await startBenchServer({ folder: inRoot('pkg'), ports: 3, sources: Object.fromEntries(sources) });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  server?.stop();
});

for (const [n, name] of Object.keys(FAULTS).entries()) {
  const run = () =>
    burstSample(
      { browser, server },
      { file: `fault${n}`, ownPort: true },
      { tabs: 2, warmUp: 10, count: 100, bytes: 60, limit: 3_000 },
    );
  if (name === 'none') {
    test('a run in which every tab has every event once is measured', async () => {
      const { rate, connections } = await run();
      assert.ok(rate > 0);
      assert.equal(connections, 2, 'one a tab');
    });
  } else {
    test(`a run is void, and says so: an event is ${name}`, async () => {
      await assert.rejects(run, /void/);
    });
  }
}

test('every ratio that has a goal is given by a row, or says why it is not', () => {
  const given = new Set(ROWS.flatMap(({ gives }) => gives));
  for (const [name, { absent }] of Object.entries(GOALS)) assert.ok(given.has(name) !== Boolean(absent), name);
  for (const name of given) assert.ok(GOALS[name], name);
});

test('the pictures that the README shows are there', () => {
  const shown = [...readFileSync(inRoot('README.md'), 'utf8').matchAll(/(?:srcset|src)="(bench\/[^"]+)"/g)];
  assert.ok(shown.length >= 2);
  for (const [, file] of shown) assert.ok(existsSync(inRoot(...file.split('/'))), file);
});

test('the median comes with an interval that holds it, the same for the same samples', () => {
  const values = [3, 1, 2, 5, 4];
  const { value, spread } = summary(values);
  assert.equal(value, 3);
  assert.ok(spread[0] <= 3 && spread[1] >= 3);
  assert.deepEqual(summary(values), { value, spread });
  assert.equal(quantile([1, 2], 0.5), 1.5);
  assert.equal(paired([2, 4], [1, 2]).value, 2);
});

test('the events of a burst are numbered, named in turn and of the size asked for', () => {
  assert.equal(payload(7, 200).length, 200);
  JSON.parse(payload(7, 200));
  assert.match(rows({ first: 4, count: 1, bytes: 60, channels: [''] }), /^id: 4\ndata: \{.{58}\}\n\n$/);
  const names = rows({ count: 3, bytes: 60, channels: ['a', 'b'] }).match(/(?<=event: )\w/g);
  assert.deepEqual(names, ['b', 'a', 'b']);
});

test('table and page say which goals were missed, and what was not measured', () => {
  const machine = {
    cpu: 'a <cpu>',
    cores: 2,
    memory: '1 GiB',
    load: 1.5,
    browsers: { chromium: 'C 1', firefox: 'F 2' },
    node: '1',
    peers: { p: '1' },
    absent: ['gone'],
    date: 'd',
  };
  const ratio = { value: 1, spread: [0.9, 1.1], goal: 2, better: 'higher' };
  const raw = { fanout: { tabmux: [{ rate: 1, cpu: 2 }] }, parser_wasm: { 'tabmux 1400': [1, 2] } };
  const ratios = { fanout_vs_direct: ratio, 'fanout_vs_direct@firefox': { ...ratio, value: 20 } };
  const result = { machine, ratios, raw, failed: { cold: 'why' } };
  assert.ok(!reached('fanout_vs_direct', ratio));
  assert.match(table(result), /fanout_vs_direct +1 +0\.9 to 1\.1 +≥ 15 +missed/);
  assert.match(table(result), /fanout_vs_direct@firefox +20 .*reached/);
  assert.match(table(result), /handover_leader_ms .*n\/a/);
  assert.match(table(result), /cold: not measured: why/);
  assert.match(table(result), /C 1, F 2, Node 1; 2 x a <cpu>, 1 GiB; d; the machine was busy \(load 1.5\)/);
  const html = page(result);
  for (const text of ['<td>missed</td>', '<td>not measured</td>', 'gone', 'tabmux, 1,400'])
    assert.ok(html.includes(text));
  assert.ok(!html.includes('<cpu>'));
  for (const svg of Object.values(pictures(result))) assert.ok(svg.includes('&#60;cpu&#62;'));
});

test("the limit's own figure stands beside a row whose run has it", () => {
  const each = (rate) => [{ rate, cpu: 1 }];
  const raw = { fanout: { tabmux: each(10), direct: each(2), 'limit-array': each(12), 'limit-joined': each(14) } };
  assert.equal(limitOf(raw, 'fanout_vs_direct').value, 7, 'of the faster form');
  assert.equal(limitOf({ 'fanout@firefox': raw.fanout }, 'fanout_vs_direct@firefox').value, 7);
  assert.equal(limitOf(raw, 'fanout_vs_handwritten'), undefined, 'not measured');
  assert.equal(limitOf(raw, 'page_bytes'), undefined, 'none');
  const cold = (first) => [{ first, second: 1 }];
  assert.equal(
    limitOf({ cold: { tabmux: cold(3), handwritten: cold(2), direct: cold(1) } }, 'cold_first_vs_handwritten'),
    undefined,
  );
  const ratio = { value: 5, spread: [4, 6], goal: 15, better: 'higher' };
  const later = { fanout: { date: 'later', load: 3 }, cold: { date: 'later', load: 3 } };
  const machine = { browsers: {}, absent: [], peers: {}, cpu: 'c', later };
  assert.match(
    table({ machine, ratios: { fanout_vs_direct: ratio }, raw }),
    /fanout_vs_direct +5 +4 to 6 +≥ 15 +7 +missed/,
  );
  assert.ok(page({ machine, ratios: { fanout_vs_direct: ratio }, raw }).includes('<td>7</td>'));
  assert.match(table({ machine, ratios: {}, raw }), /on later \(load 3\) were measured: fanout, cold/);
  for (const name of Object.keys(LIMITS)) assert.ok(GOALS[name], name);
});

test('a goal within the interval of the limit counts only if the value is near', () => {
  assert.ok(reached('fanout_vs_limit', { value: 0.96, spread: [0.9, 1.02], goal: 0.95, better: 'higher' }));
  assert.ok(!reached('fanout_vs_limit', { value: 0.96, spread: [0.9, 0.99], goal: 0.95, better: 'higher' }));
  assert.ok(!reached('fanout_vs_limit', { value: 0.9, spread: [0.8, 1.1], goal: 0.95, better: 'higher' }));
});
