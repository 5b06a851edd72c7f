import assert from 'node:assert/strict';
import { waitFor } from '../../e2e/driver/wait.mjs';
import { publish, startNchan } from '../nchan.mjs';
import { startRedis } from '../redis.mjs';
import { connected, received, subscribeEach } from '../tabs.mjs';

export const title = 'two nginxes with Nchan and one Redis: what came while the one was away is not lost';

const options = {
  topics: { param: 'topics', format: 'comma', ids: 'connection' },
  resume: { param: 'last_event_id' },
  reconnect: { initialDelay: 250, maxDelay: 500 },
};

export async function run({ server, browser }) {
  const redis = await startRedis();
  const nginxes = [];
  try {
    for (let number = 0; number < 2; number++) nginxes.push(await startNchan(server.port, { redis: redis.port }));
    for (const transport of ['eventsource', 'fetch']) {
      await away(browser, nginxes, transport);
      await browser.closeTabs();
    }
  } finally {
    await browser.closeTabs();
    for (const nginx of nginxes) await nginx.close();
    await redis.close();
  }
}

/** The tab's server is gone for a while, the other one goes on: list and id are the same, and the store has it all. */
async function away(browser, [near, far], transport) {
  const [chat, news] = [`chat-${transport}`, `news-${transport}`];
  const tab = await connected(browser, near.origin('localhost'), '/events', { ...options, transport });
  await subscribeEach(tab, [chat, news]);
  for (const channel of [chat, news]) await hears(tab, far, channel);
  await tab.eval(() => {
    t.events = [];
  });
  const expected = [];
  // One after the other: of two by two nginxes nothing says which the store hands on first.
  const says = async (nginx, channel, text) => {
    expected.push([channel, text]);
    await publish(nginx, channel, channel, text);
    await received(tab, expected);
  };
  await says(far, chat, 'one');
  await says(near, news, 'two');

  await near.stop();
  await tab.waitFor('it is lost', () => t.hub.status === 'reconnecting');
  // Of what came within the second of the id, a restarted Nchan hands over one of two channels alone, to any client.
  const lost = Date.now();
  await waitFor('the next second', () => Math.floor(Date.now() / 1000) > Math.floor(lost / 1000));
  await publish(far, chat, chat, 'three');
  await publish(far, news, news, 'four');
  await near.start();
  await tab.waitFor('it is back', () => t.hub.status === 'open');
  expected.push([chat, 'three'], [news, 'four']);
  await received(tab, expected);
  await says(far, chat, 'five');
  assert.deepEqual(await tab.eval(() => t.gaps), []);
}

/**
 * Nchan answers a subscriber before it has asked the store for the channel, and says of neither: what another nginx publishes
 * in between does not come (4 of 250, measured without tabmux). Once this is over all that is published does, and nothing is
 * on its way.
 */
async function hears(tab, nginx, channel) {
  let count = 0;
  await waitFor(`the store hands on ${channel}`, async () => {
    await publish(nginx, channel, channel, `${++count}`);
    return tab.eval((name) => t.events.some(([each]) => each === name), channel);
  });
  await publish(nginx, channel, channel, 'the last');
  await tab.waitFor(
    'the last',
    (name) => t.events.some(([each, , data]) => each === name && data === 'the last'),
    channel,
  );
}
