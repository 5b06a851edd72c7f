import assert from 'node:assert/strict';
import test from 'node:test';
import { saying } from '../../js/say.js';

const form = saying({ build: '1', href: 'http://app.test/worker.js', lock: 'own' });

test('values become fields by their order, and what the hub does not know is the worker’s own', () => {
  assert.deepEqual(form(0, [5, 99, 2]), {
    t: 'welcome',
    v: 5,
    epoch: 99,
    gen: 2,
    build: '1',
    href: 'http://app.test/worker.js',
    lock: 'own',
  });
  assert.deepEqual(form(1, [5]), { t: 'refused', v: 5, build: '1' });
  assert.deepEqual(form(10, []), { t: 'rejoin' });
});

test('a field that nobody has is left out, null is not', () => {
  assert.deepEqual(saying({ lock: undefined })(0, [5, 99, 2]), { t: 'welcome', v: 5, epoch: 99, gen: 2 });
  assert.deepEqual(form(6, ['BAD_MESSAGE', '']), { t: 'error', code: 'BAD_MESSAGE', detail: '' });
  assert.deepEqual(form(6, ['BAD_MESSAGE', '', 0, 0]), { t: 'error', code: 'BAD_MESSAGE', detail: '', s: 0, sub: 0 });
  assert.deepEqual(form(14, ['open', 'server', null, 0]), {
    status: 'open',
    reason: 'server',
    resumed: null,
    failed: 0,
  });
});

test('figures are an object of their own', () => {
  const { stats, ...rest } = form(7, [5, ...Array(17).keys()]) as unknown as Record<
    'stats',
    { tabs: number; generation: number }
  >;
  assert.deepEqual(rest, { t: 'stats', r: 5 });
  assert.deepEqual([stats.tabs, stats.generation, Object.keys(stats).length], [0, 16, 17]);
});
