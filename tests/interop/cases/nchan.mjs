import assert from 'node:assert/strict';
import { waitFor } from '../../e2e/driver/wait.mjs';
import { publish, startNchan } from '../nchan.mjs';
import { connected, received, subscribe, subscribeEach } from '../tabs.mjs';

export const title = 'nginx with Nchan: channels of the URL, ids of the list, a gap with each change, restarts';

const options = {
  topics: { param: 'topics', format: 'comma', ids: 'connection' },
  resume: { param: 'last_event_id' },
  reconnect: { initialDelay: 250, maxDelay: 500 },
};

export async function run({ server, browser }) {
  for (const transport of ['eventsource', 'fetch']) {
    const nchan = await startNchan(server.port);
    try {
      const open = () => connected(browser, nchan.origin('localhost'), '/events', { ...options, transport });
      const tabs = await changes(nchan, open);
      await restart(nchan, tabs);
    } finally {
      await browser.closeTabs();
      await nchan.close();
    }
  }
}

/** Two tabs, one list. */
async function changes(nchan, open) {
  const first = await open();
  await subscribeEach(first, ['chat', 'news']);
  await publish(nchan, 'chat', 'chat', 'one');
  await publish(nchan, 'news', 'news', 'two');
  await publish(nchan, 'alerts', 'alerts', 'nobody asks');
  await received(first, [
    ['chat', 'one'],
    ['news', 'two'],
  ]);
  const ids = await first.eval(() => t.events.map(([, id]) => id));
  assert.match(ids[0], /^\d+:\[0\],-$/, 'a position in each of two channels');
  assert.deepEqual(await first.eval(() => t.gaps), []);

  // A list without an id begins with the present second: what came before in it would come again.
  const published = Date.now();
  await waitFor('the next second but one', () => Math.floor(Date.now() / 1000) > Math.floor(published / 1000) + 1);
  const second = await open();
  await subscribe(second, 'alerts');
  for (const [channel, data] of [
    ['alerts', 'three'],
    ['chat', 'four'],
  ])
    await publish(nchan, channel, channel, data);
  await received(second, [['alerts', 'three']]);
  await received(first, [
    ['chat', 'one'],
    ['news', 'two'],
    ['chat', 'four'],
  ]);
  const gaps = await first.eval(() => t.gaps.map(({ channel, cause }) => [channel, cause]));
  assert.deepEqual(gaps.toSorted(), [
    ['chat', 'no-id'],
    ['news', 'no-id'],
  ]);

  // The same list again: its ids count.
  const before = await first.eval(() => t.gaps.length);
  await first.eval(() => t.hub.reconnect());
  await first.waitFor('it is back', () => t.statuses.at(-1)[0] === 'open' && t.statuses.at(-1)[2] !== 'no');
  await publish(nchan, 'news', 'news', 'five');
  await first.waitFor('the next', () => t.events.at(-1)[2] === 'five');
  assert.equal(await first.eval(() => t.events.length), 4);
  assert.equal(await first.eval(() => t.gaps.length), before);
  return [first, second];
}

/** nginx is gone and comes back with nothing of before: its messages go on to come. */
async function restart(nchan, [first, second]) {
  await nchan.stop();
  for (const tab of [first, second]) await tab.waitFor('it is lost', () => t.hub.status === 'reconnecting');
  await nchan.start();
  for (const tab of [first, second]) await tab.waitFor('it is back', () => t.hub.status === 'open');
  const had = await first.eval(() => t.events.length);
  await publish(nchan, 'chat', 'chat', 'after');
  await first.waitFor('a message', () => t.events.at(-1)[2] === 'after');
  assert.equal(await first.eval(() => t.events.length), had + 1);
}
