import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startWorker } from './worker.mjs';

const ORIGIN = 'http://app.test';
const sources = [];

/** The browser's; what the server does is the test's. */
globalThis.EventSource = class extends EventTarget {
  readyState = 0;

  constructor(url, { withCredentials = false } = {}) {
    super();
    Object.assign(this, { url, withCredentials });
    sources.push(this);
  }

  opens() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  says(name, id, data) {
    this.dispatchEvent(new MessageEvent(name, { data, lastEventId: id }));
  }

  close() {
    this.readyState = 2;
  }
};

let worker;
after(() => worker?.end());

test('D-12: what came while the wasm loaded is the hub’s, in order and once', async () => {
  let load;
  const held = () =>
    new Promise((resolve) => {
      load = () => resolve(worker.file('hub.wasm'));
    });
  worker = await startWorker(ORIGIN, [held]);
  const [one, two] = [worker.page(), worker.page()];
  one.attach(`${ORIGIN}/sse`, { transport: 'auto', principal: 'p' }, ['a', 'b']);
  await waitFor('an EventSource', () => sources.length === 1);
  const [source] = sources;
  source.opens();
  source.says('a', '1', 'x');
  source.says('b', '2', 'y');
  two.attach(`${ORIGIN}/sse`, { transport: 'auto', principal: 'p' }, ['b', 'c']);
  source.says('message', '3', 'nobody');
  source.says('a', '4', 'z');
  assert.deepEqual([one.events, worker.loads], [[], ['hub.wasm']]);
  load();
  await one.until('three events', ({ events }) => events.length === 3);
  await two.until('open', ({ statuses }) => statuses.at(-1)?.status === 'open');
  source.says('c', '5', 'live');
  source.says('a', '6', 'live');
  await two.until('its event', ({ events }) => events.length > 0);
  await one.until('the last', ({ events }) => events.length === 4);
  assert.deepEqual(one.events, [
    ['a', '1', 'x'],
    ['b', '2', 'y'],
    ['a', '4', 'z'],
    ['a', '6', 'live'],
  ]);
  assert.deepEqual(two.events.at(-1), ['c', '5', 'live']);
  assert.deepEqual([one.errors, one.gaps, two.errors, two.gaps], [[], [], [], []]);
  assert.equal(sources.length, 1);
});
