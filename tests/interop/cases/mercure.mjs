import assert from 'node:assert/strict';
import { waitFor } from '../../e2e/driver/wait.mjs';
import { MercureHub } from '../mercure.mjs';
import { connected, received, subscribe, undisturbed } from '../tabs.mjs';

export const title =
  'Mercure: the new connection opens before the old one closes; nothing is lost, nothing comes twice';

const PATH = '/.well-known/mercure';

export async function run({ server, browser }) {
  for (const transport of ['eventsource', 'fetch']) {
    const hub = new MercureHub();
    server.handlers.set(PATH, hub.accept);
    await story(hub, (options) =>
      connected(browser, server.origin(), PATH, {
        ...options,
        transport,
        topics: { param: 'topic' },
        resume: { param: 'lastEventID' },
        reconnect: { initialDelay: 250, maxDelay: 500 },
      }),
    );
    await browser.closeTabs();
    await waitFor('no connection is left', () => hub.connections === 0);
    server.handlers.delete(PATH);
  }
}

async function story(hub, open) {
  const first = await open();
  // An event does not say what it is about: topics with a type of their own have a channel of their own.
  await subscribe(first, 'book', { topic: 'https://example.test/books/1' });
  assert.equal(hub.connections, 1);
  hub.publish('https://example.test/books/1', 'one', 'book');
  hub.publish('https://example.test/films/1', 'nobody asks', 'film');
  await received(first, [['book', 'one']]);

  // Another tab, another topic, while events of the first one go on.
  const second = await open();
  const events = [['book', 'one']];
  let publishing = true;
  const pump = (async () => {
    for (let n = 0; publishing; n++) {
      events.push(['book', `${n}`]);
      hub.publish('https://example.test/books/1', `${n}`, 'book');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  await subscribe(second, 'film', { topic: 'https://example.test/films/1' });
  hub.publish('https://example.test/films/1', 'a', 'film');
  // Two connections end and begin in any order as a server sees them: what is counted below has to be over first.
  await waitFor('the first connection has made room', () => hub.connections === 1);
  await subscribe(first, 'play', { topic: 'https://example.test/plays/{id}' });
  await second.waitFor('a film', () => t.events.length > 0);
  publishing = false;
  await pump;
  await received(first, events);
  await waitFor('one connection', () => hub.connections === 1);
  assert.equal(hub.most, 2);
  assert.deepEqual(hub.requests.at(-1).topics.toSorted(), [
    'https://example.test/books/1',
    'https://example.test/films/1',
    'https://example.test/plays/{id}',
  ]);
  assert.ok(hub.requests.slice(1).every(({ lastEventId }) => lastEventId?.startsWith('urn:n:')));

  // A topic that the hub does not allow yet: the old connection goes on.
  hub.refuses = (topics) => (topics.includes('secret') ? 403 : 0);
  await first.eval(() => {
    t.subscribe('secret').then(() => {
      t.isReady = true;
    });
  });
  await first.waitFor('the refusal is told', () => t.errors.length > 0);
  hub.publish('https://example.test/films/1', 'b', 'film');
  await second.waitFor('the film', () => t.events.at(-1)[2] === 'b');
  assert.equal(await first.eval(() => t.hub.status), 'open');
  hub.refuses = () => 0;
  await first.waitFor('it is ready', () => t.isReady);
  hub.publish('secret', 's', 'secret');
  await received(first, [...events, ['secret', 's']]);

  // Lost: one request for all topics, and what came meanwhile.
  const requests = hub.requests.length;
  hub.drop();
  hub.publish('https://example.test/books/1', 'meanwhile', 'book');
  await received(first, [...events, ['secret', 's'], ['book', 'meanwhile']]);
  assert.equal(hub.requests.at(requests).topics.length, 4);
  assert.deepEqual(await first.eval(() => t.gaps), []);

  // A tab closes: what it alone held is asked for a little longer, then no more.
  await undisturbed(await again(second));
  await second.close();
  await waitFor('the list is shorter', () => !hub.requests.at(-1).topics.includes('https://example.test/films/1'));
  await waitFor('one connection', () => hub.connections === 1);
  hub.publish('https://example.test/books/1', 'last', 'book');
  await received(first, [...events, ['secret', 's'], ['book', 'meanwhile'], ['book', 'last']]);
}

/** Errors of the refusal are told in every tab. */
async function again(tab) {
  await tab.eval(() => {
    t.errors = [];
  });
  return tab;
}
