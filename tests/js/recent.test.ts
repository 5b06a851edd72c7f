import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import { OP_CHANNEL, OP_RUN } from '../../js/protocol.js';
import { join } from '../../js/run.js';
import { type FakeWorker, settle, welcome, workers } from './page.js';

let count = 0;
async function had(...batches: [string, string | null, string][][]) {
  connect('/s', { workerUrl: `/${++count}/worker.js` });
  const stream = await welcome();
  for (const batch of batches) stream.events(...batch);
  stream.port.say({ t: 'rejoin' });
  await settle();
  const attach = (workers.at(-1) as FakeWorker).port.of('attach')[0];
  const all = attach?.had ?? [];
  return Array.from({ length: all.length / 3 }, (_, i) => all.slice(i * 3, i * 3 + 3).join(' '));
}
const many = (from: number, to: number, data = '') =>
  Array.from({ length: to - from }, (_, i): [string, string, string] => ['a', `${from + i}`, data]);

test('the last 1,000 events of many small batches', async () => {
  const events = await had(...many(0, 1500).map((event) => [event]));
  assert.equal(events.length, 1000);
  assert.equal(events[0], 'a 500 ');
  assert.equal(events.at(-1), 'a 1499 ');
});

test('the last 1,000 events of one large batch, the first one with its id', async () => {
  const events = await had([
    ...many(0, 1),
    ...many(1, 1500).map(([a, , data]): [string, null, string] => [a, null, data]),
  ]);
  assert.equal(events.length, 1000);
  assert.equal(events[0], 'a 0 ');
});

test('no more than 1 Mi units are kept', async () => {
  const half = 'x'.repeat(1 << 19);
  const events = await had(many(0, 1, half), many(1, 2, half), many(2, 3, half));
  assert.deepEqual(
    events.map((entry) => entry.slice(0, 3)),
    ['a 1', 'a 2'],
  );
});

test('the events of runs, each with its id', async () => {
  connect('/s', { workerUrl: `/${++count}/worker.js` });
  const stream = await welcome();
  const [a, told] = stream.index('a');
  const run = (from: number, to: number) => join(many(from, to, 'x').flatMap(([, id, data]) => [a, id, data]));
  stream.raw([...told, OP_RUN, run(0, 600), null, a, null, 'y']);
  stream.raw([OP_RUN, run(600, 1200), null]);
  stream.raw([OP_RUN, run(1200, 1800), null]);
  stream.port.say({ t: 'rejoin' });
  await settle();
  const had = (workers.at(-1) as FakeWorker).port.of('attach')[0]?.had ?? [];
  const ids = had.filter((_, at) => at % 3 === 1);
  assert.equal(ids.length, 1000);
  assert.deepEqual([ids[0], ids.at(-1)], ['800', '1799']);
});

test('an event without an id of its own has that of the run before it', async () => {
  connect('/s', { workerUrl: `/${++count}/worker.js` });
  const stream = await welcome();
  const [a, told] = stream.index('a');
  stream.raw([...told, OP_RUN, join([a, '7', 'x', a, '8', 'y']), null, a, null, 'z']);
  stream.port.say({ t: 'rejoin' });
  await settle();
  const { had } = (workers.at(-1) as FakeWorker).port.of('attach')[0] ?? {};
  assert.deepEqual(had, ['a', '7', 'x', 'a', '8', 'y', 'a', '8', 'z']);
});

test('a run that is not what it says is not kept', async () => {
  connect('/s', { workerUrl: `/${++count}/worker.js` });
  const stream = await welcome();
  const [a, told] = stream.index('a');
  const [ends, text] = join([a, '7', 'x']);
  stream.raw([...told, OP_RUN, null, null, OP_RUN, [ends, `${text}y`], null, a, '8', 'y']);
  stream.port.say({ t: 'rejoin' });
  await settle();
  const { had } = (workers.at(-1) as FakeWorker).port.of('attach')[0] ?? {};
  assert.deepEqual(had, ['a', '8', 'y']);
});

/** As many as a run may have, each with a long id and little data. */
function runOf(index: number, from: number): unknown[] {
  const parts: (string | number)[] = [];
  for (let n = from; n < from + 2048; n++) parts.push(index, String(n).padStart(36, '0'), 'tick');
  return [OP_RUN, join(parts), null];
}

test('runs with long ids and little data: the last 1,000 events of them, also behind large ones', async () => {
  connect('/s', { workerUrl: `/${++count}/worker.js` });
  const stream = await welcome();
  const [a, told] = stream.index('a');
  stream.raw(told);
  const had = async () => {
    stream.port.say({ t: 'rejoin' });
    await settle();
    return (workers.at(-1) as FakeWorker).port.of('attach')[0]?.had ?? [];
  };
  // 90,112 units each: of the twelve more than fit.
  for (let n = 0; n < 12; n++) stream.raw(runOf(a, 2048 * n));
  for (let n = 0; n < 200; n++) stream.raw([a, `x${n}`, 'y'.repeat(1000)]);
  const all = await had();
  assert.equal(all.length / 3, 1000);
  assert.deepEqual([all[1], all.at(-2)], [String(12 * 2048 - 800).padStart(36, '0'), 'x199']);
});

test('an index that has come to mean another channel since: a run is of the one before', async () => {
  connect('/s', { workerUrl: `/${++count}/worker.js` });
  const stream = await welcome();
  const run = (from: number) => join(Array.from({ length: 4 }, (_, n) => [0, `${from + n}`, 'x']).flat());
  stream.raw([OP_CHANNEL, 0, 'a', OP_RUN, run(1), null]);
  stream.raw([OP_CHANNEL, 0, 'b', OP_RUN, run(5), null]);
  stream.port.say({ t: 'rejoin' });
  await settle();
  const { had } = (workers.at(-1) as FakeWorker).port.of('attach')[0] ?? {};
  assert.deepEqual(
    had?.filter((_, at) => at % 3 === 0),
    ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b'],
  );
});
