import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Browser } from '../e2e/driver/browser.mjs';
import { waitFor } from '../e2e/driver/wait.mjs';
import { FaultProxy } from '../faults/proxy.mjs';
import { Demo } from './server.mjs';
import { Witness } from './witness.mjs';

// The demo's server filters by topics: what two tabs get of it while the topics change, beside a plain connection of
// the same visitor that gets everything.

let demo;
let proxy;
let browser;
let witness;
before(async () => {
  demo = await Demo.start();
  proxy = await FaultProxy.start(demo.port, '/events');
  browser = await Browser.launch('chromium', { proxyPort: proxy.port });
});
after(async () => {
  witness?.close();
  await browser?.quit();
  await proxy?.close();
  await demo?.stop();
});

/** A tab on a page that opens no stream by itself, with a hub of its own in `t`. */
async function open() {
  const tab = await browser.open(`http://localhost:${proxy.port}/answer.html`);
  await tab.eval(async () => {
    const { connect } = await import('/tabmux/index.js');
    const hub = connect('/events', {
      topics: { param: 'topic', format: 'repeat', ids: 'global' },
      resume: { lostEvent: 'lost' },
      // What `'*'` would hear, if the server sent it.
      channels: ['metrics', 'presence'],
    });
    const t = { hub, heard: {}, around: new Set(), told: [] };
    for (const name of ['gap', 'error']) {
      hub.addEventListener(name, ({ detail }) => t.told.push(`${name} ${detail.cause ?? detail.message}`));
    }
    t.post = async (path, body) => {
      const headers = { 'Content-Type': 'application/json' };
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    globalThis.t = t;
  });
  return tab;
}

/**
 * Subscribes; done when it is ready. To each of `paths` a text is posted until then, and at most four times: the server
 * takes twenty at once. It is the page that posts: the driver does one thing at a time.
 */
const subscribe = (tab, channel, ...paths) =>
  tab.eval(
    async (name, all) => {
      t.heard[name] = [];
      const { ready } = t.hub.subscribe(name, ({ id }) => t.heard[name].push(id));
      for (let n = 0, isReady = false; !isReady && n < 4; n++) {
        for (const path of all) await t.post(path, { text: `${n}` });
        const pause = new Promise((resolve) => setTimeout(resolve, 40));
        isReady = await Promise.race([ready.then(() => true), pause]);
      }
      await ready;
    },
    channel,
    paths,
  );

const post = (tab, path, body) => tab.eval((...args) => t.post(...args), path, body);

/** The tab's ids of a channel are the server's from the first one on, and `since` is among them. */
async function hasAll(tab, channel, since) {
  let seen;
  await waitFor(
    `all of ${channel}`,
    async () => {
      const ids = await tab.eval((name) => t.heard[name], channel);
      const sent = witness.ids(channel);
      const expected = sent.slice(sent.indexOf(ids[0]));
      seen = { ids, sent };
      return ids.includes(since) && String(ids) === String(expected);
    },
    { state: () => seen },
  );
}

/** By the server's count, which has the witness too, and by what passes the proxy. */
const oneConnection = (tab) =>
  waitFor('one connection', async () => {
    const { you } = await tab.eval(() => fetch('/api/server').then((response) => response.json()));
    return you.connections === 2 && proxy.streams.length === 1;
  });

test('topics: two tabs get what they hold, each event once, while the topics change; then one connection', {
  timeout: 60_000,
}, async (context) => {
  const first = await open();
  const { token } = await post(first, '/api/token', { once: true });
  witness = await Witness.open(`${demo.origin}/events?token=${token}`);

  await subscribe(first, 'log');
  // Each page that is asked for is a line of the log. The server sends twenty of them a second, at most.
  let isFlowing = true;
  const flow = (async () => {
    while (isFlowing) {
      await (await fetch(`${demo.origin}/plain.html`)).text();
      await delay(50);
    }
  })();
  const still = () => {
    isFlowing = false;
    return flow;
  };
  context.after(still);
  await first.waitFor('the log flows', () => t.heard.log.length > 0);

  // Another topic by another tab, with messages before, amid and after the change.
  const second = await open();
  await second.eval(() => t.hub.subscribe('*', ({ channel }) => t.around.add(channel)).ready);
  await post(first, '/api/chat', { text: 'nobody asks for it yet' });
  await subscribe(second, 'chat', '/api/chat');
  const { id: asked } = await post(first, '/api/chat', { text: 'asked for' });
  await hasAll(second, 'chat', asked);
  await oneConnection(first);

  // The other way round, with what the server sends to one visitor alone.
  await subscribe(first, 'notification', '/api/notify', '/api/chat');
  const { id: notified } = await post(second, '/api/notify', { text: 'asked for' });
  const { id: said } = await post(second, '/api/chat', { text: 'still asked for' });
  await hasAll(first, 'notification', notified);
  await hasAll(second, 'chat', said);
  await oneConnection(first);

  // Cut off: the browser asks again after two seconds, from the last event id.
  proxy.cut();
  const { id: missed } = await post(second, '/api/chat', { text: 'while there is no connection' });
  await hasAll(second, 'chat', missed);
  await oneConnection(first);

  await still();
  await hasAll(first, 'log', witness.ids('log').at(-1));
  await hasAll(first, 'notification', notified);

  // Nothing was told as missing, and of what nobody holds nothing came.
  for (const tab of [first, second]) assert.deepEqual(await tab.eval(() => t.told), []);
  assert.deepEqual(await second.eval(() => [...t.around].sort()), ['chat', 'log', 'notification']);
  for (const name of ['metrics', 'presence']) assert.ok(witness.ids(name).length > 0, `the server sent ${name}`);

  // One request for each list of topics, and the browser's own retry.
  const asks = proxy.requests.map((target) => new URL(target, demo.origin).searchParams);
  assert.deepEqual(
    asks.map((ask) => ask.getAll('topic').join(' ')),
    ['log', 'log chat', 'log chat notification', 'log chat notification'],
  );
  assert.ok(
    asks.slice(1).every((ask) => witness.ids('log').concat(witness.ids('chat')).includes(ask.get('lastEventId'))),
  );
});
