import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBroken, judge } from './judge.mjs';
import { parsePayload, payload } from './pages/payload.js';
import { Record } from './pages/record.js';

/** The verdict's figures that are not 0. */
function figures(items, first, last) {
  return Object.fromEntries(Object.entries(judge(items, first, last)).filter(([, count]) => count !== 0));
}

test('all of it, in order', () => {
  assert.deepEqual(figures([[1, 10]], 1, 10), { sent: 10, delivered: 10 });
  assert.deepEqual(figures([[1, 10]], 4, 10), { sent: 7, delivered: 7 }, 'from where it had to');
  assert.deepEqual(figures([[1, 6], ['error'], [7, 10]], 1, 10), { sent: 10, delivered: 10 });
});

test('a hole is lost, with or without an error of the connection', () => {
  const items = [[1, 2], [5, 6], ['error'], [10, 10]];
  assert.deepEqual(figures(items, 1, 10), { sent: 10, delivered: 5, lost: 5, hinted: 3 });
  assert.ok(isBroken(judge(items, 1, 10)));
});

test('a tail is lost for a tab that is there, and unknown for one that has gone', () => {
  assert.deepEqual(figures([[1, 4]], 1, 10), { sent: 10, delivered: 4, lost: 6 });
  assert.deepEqual(figures([[1, 4]], 1, null), { sent: 4, delivered: 4 });
  assert.deepEqual(figures([], 1, 3), { sent: 3, lost: 3 });
});

test('a hole that was told at its place is no loss', () => {
  assert.deepEqual(
    figures(
      [
        [1, 2],
        ['gap', null, 'worker'],
        [5, 10],
      ],
      1,
      10,
    ),
    { sent: 10, delivered: 8, told: 2 },
  );
  assert.deepEqual(
    figures(
      [
        [1, 2],
        ['gap', 2, 'overflow'],
        [5, 10],
      ],
      1,
      10,
    ),
    { sent: 10, delivered: 8, told: 2 },
  );
  assert.deepEqual(
    figures(
      [
        [1, 8],
        ['gap', null, 'worker'],
      ],
      1,
      10,
    ),
    { sent: 10, delivered: 8, told: 2 },
  );
});

test('a hole that was told elsewhere is a loss, and the gap needless', () => {
  assert.deepEqual(
    figures(
      [
        [1, 2],
        [5, 7],
        ['gap', 2, 'overflow'],
        [8, 10],
      ],
      1,
      10,
    ),
    {
      sent: 10,
      delivered: 8,
      lost: 2,
      needless: 1,
    },
  );
});

test('a count that is not the count is wrong', () => {
  assert.deepEqual(
    figures(
      [
        [1, 2],
        ['gap', 3, 'overflow'],
        [5, 10],
      ],
      1,
      10,
    ),
    {
      sent: 10,
      delivered: 8,
      told: 2,
      wrong: 1,
    },
  );
});

test('a repeat is counted, and what fills a hole late is no repeat', () => {
  assert.deepEqual(
    figures(
      [
        [1, 6],
        [5, 10],
      ],
      1,
      10,
    ),
    { sent: 10, delivered: 10, twice: 2 },
  );
  assert.deepEqual(
    figures(
      [
        [1, 2],
        [6, 8],
        [3, 5],
        [9, 10],
      ],
      1,
      10,
    ),
    { sent: 10, delivered: 10, late: 3 },
  );
  assert.deepEqual(
    figures(
      [
        [1, 2],
        [6, 8],
        [4, 4],
        [4, 4],
        [9, 10],
      ],
      1,
      10,
    ),
    {
      sent: 10,
      delivered: 8,
      late: 1,
      twice: 1,
      lost: 2,
    },
  );
});

test('a record holds ranges, what was told between them, and what is not the server’s', () => {
  const record = new Record(['a', 'b']);
  for (let seq = 1; seq <= 40; seq++) record.event('a', `x.${seq}`, payload('a', seq, `x.${seq}`));
  record.event('b', 'x.41', payload('b', 1, 'x.41'));
  record.gap('a', 3, 'overflow');
  record.error('NETWORK');
  record.error('NETWORK');
  record.event('a', 'x.50', payload('a', 44, 'x.50'));
  assert.deepEqual(
    [...record.channels],
    [
      ['a', [[1, 40], ['gap', 3, 'overflow'], ['error'], [44, 44]]],
      ['b', [[1, 1], ['error']]],
    ],
  );
  assert.deepEqual(record.heads(), [
    ['a', 44],
    ['b', 1],
  ]);
  record.event('a', 'x.51', payload('b', 2, 'x.51'));
  record.event('b', 'x.1', payload('b', 2, 'x.52'));
  record.event('b', 'x.52', `${payload('b', 2, 'x.52')}!`);
  assert.equal(record.corrupt.length, 3);
  assert.equal(record.count, 42);
});

test('events of the same data are counted', () => {
  const record = new Record(['same']);
  for (let seq = 1; seq <= 3; seq++) record.event('same', `x.${seq}`, payload('same', seq, `x.${seq}`));
  assert.deepEqual(record.channels.get('same'), [[1, 3]]);
});

test('a payload says what it is', () => {
  for (let seq = 0; seq < 40; seq++) assert.deepEqual(parsePayload(payload('c', seq, 'i')), ['c', seq, 'i']);
  assert.equal(parsePayload('c 1 i'), null);
});
