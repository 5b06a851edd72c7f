import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nothing } from './judge.mjs';
import { markdown, merge, terminalTable, totals } from './report.mjs';

const result = (implementation, scenario, figures) => ({
  browser: 'chromium',
  host: 'localhost',
  implementation,
  scenario,
  ...nothing(),
  ...figures,
});
const report = (results) => ({ versions: { chromium: '156.0.1' }, titles: { tabmux: 'A', native: 'B' }, results });

test('sums what ran, each in its place', () => {
  const all = report([
    result('tabmux', 'cut', { sent: 2000, delivered: 2000 }),
    result('tabmux', 'reset', { sent: 10, delivered: 8, told: 2 }),
    result('native', 'cut', { sent: 10, delivered: 9, lost: 1 }),
    result('native', 'reset', { sent: 10, delivered: 10 }),
    result('tabmux', 'stall', { sent: 7, delivered: 7 }),
    result('tabmux', 'worker-killed', { sent: 0 }),
    { ...result('tabmux', 'cut', { sent: 5, delivered: 5 }), host: 'app.test' },
  ]);
  assert.deepEqual(
    totals(all).map(({ title, where, runs, sent, lost, told }) => [title, where, runs, sent, lost, told]),
    [
      ['A', 'Chromium, localhost', 4, 2017, 0, 2],
      ['B', 'Chromium, localhost', 2, 20, 1, 0],
      ['A', 'Chromium, plain http', 1, 5, 0, 0],
    ],
  );
  const text = markdown(all);
  assert.ok(text.includes('| A | Chromium, localhost | 3 | 2,010 | 2,008 | 0 | 0 | 2 |'), text);
  assert.ok(text.includes('| connection cut (FIN), three times | ✓ | 1 lost |'), text);
  assert.match(text, /in the middle of an event.* \| 2 told \| ✓ \|/);
  assert.ok(!text.includes('stalled'), 'what only one has run is not compared');
  assert.ok(text.includes('| worker killed | ✓ | not possible |'), text);
  assert.equal(terminalTable(all).split('\n').length, 4);
});

test('a later run takes the place of an earlier one', () => {
  const merged = merge([
    report([result('tabmux', 'cut', { sent: 1 }), result('tabmux', 'reset', { sent: 1 })]),
    report([result('tabmux', 'cut', { sent: 2 })]),
  ]);
  assert.deepEqual(
    merged.results.map(({ scenario, sent }) => [scenario, sent]),
    [
      ['cut', 2],
      ['reset', 1],
    ],
  );
});
