import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reached } from './goals.mjs';
import { paired, quantile, summary } from './lib/stats.mjs';
import { page } from './report/page.mjs';
import { number, table } from './report/table.mjs';
import { runBench } from './run.mjs';
import { payload, rows } from './server/burst.mjs';

test('eight tabs get every event once over one connection, far faster than with a message an event', async () => {
  const result = await runBench({ quick: true, only: ['fanout'], say: console.log });
  console.log(table(result));
  // A run that lost or repeated an event is here.
  assert.deepEqual(result.failed, {});
  assert.equal(result.ratios.connections.value, 1);
  // Coarse, and by the upper end of what was measured: machines differ, and so do their quiet hours.
  assert.ok(result.ratios.fanout_vs_handwritten.spread[1] >= 8, table(result));
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

test('table and page say which goals were missed', () => {
  const machine = { cpu: 'a <cpu>', cores: 2, memory: '1 GiB', browser: 'B', node: '1', peers: { p: '1' }, date: 'd' };
  const ratio = { value: 1, spread: [0.9, 1.1], goal: 2, better: 'higher' };
  const raw = { fanout: { tabmux: [{ rate: 1, cpu: 2 }] } };
  const result = { machine, ratios: { fanout_vs_direct: ratio }, raw, failed: { cold: 'why' } };
  assert.ok(!reached('fanout_vs_direct', ratio));
  assert.match(table(result), /fanout_vs_direct +1 +0\.9 to 1\.1 +>= 2 +missed/);
  assert.match(table(result), /cold: not measured: why/);
  assert.match(page(result), /<td>missed<\/td>/);
  assert.ok(!page(result).includes('<cpu>'));
  assert.equal(number(0.12345), '0.123');
});
