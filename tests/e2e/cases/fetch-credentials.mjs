import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'tokens come from the tabs before every connection, once for all, and show nowhere';

export async function run(scene) {
  const { stream } = scene;
  const reconnect = { initialDelay: 250, maxDelay: 1000 };

  // One-time tokens in the URL: a spent one is refused.
  const spent = new Set();
  stream.respond(({ query }) => {
    if (!/^once-/.test(query.token ?? '') || spent.has(query.token)) return { status: 401 };
    spent.add(query.token);
    return null;
  });
  const join = (tab, n) =>
    tab.eval(
      async (url, tabNumber, delays) => {
        let count = 0;
        t.connect(async () => `${url}?token=once-${tabNumber}-${++count}`, {
          key: 'once',
          principal: 'ann',
          reconnect: delays,
        });
        await t.subscribe('chat');
      },
      scene.url,
      n,
      reconnect,
    );
  const tabs = [await scene.open(), await scene.open()];
  await join(tabs[0], 0);
  await join(tabs[1], 1);
  await scene.connected(tabs);
  assert.equal(stream.total, 1);
  stream.push({ event: 'chat', id: '1', data: 'one' });
  for (const tab of tabs) await scene.received(tab, [['chat', '1', 'one']]);
  const used = [stream.last.query.token];
  for (const how of ['drop', 'end']) {
    const told = await scene.statuses(tabs);
    stream[how]();
    await told('reconnecting');
    await scene.connected(tabs);
    used.push(stream.last.query.token);
  }
  assert.equal(new Set(used).size, 3, `${used}`);
  assert.ok(
    stream.requests.every(({ status }) => status === 200),
    'the browser sent no spent token',
  );
  for (const tab of tabs) {
    const url = await tab.eval(() => t.hub.url);
    assert.ok(url.endsWith(scene.url), url);
    await tab.eval(() => t.hub.close());
  }
  await waitFor('the connection is gone', () => stream.connections === 0);

  // A JWT that has run out: one refresh for both tabs, one POST for both.
  let good = 'Bearer fresh';
  stream.respond(({ headers }) => (headers.authorization === good ? null : { status: 401 }));
  const before = stream.total;
  for (const tab of tabs) {
    await tab.eval(
      async (url, delays) => {
        t.calls = [];
        t.events = [];
        t.token = 'stale';
        t.connect(url, {
          method: 'POST',
          body: '{"prompt":"hi"}',
          principal: 'ann',
          reconnect: delays,
          headers: async ({ refused }) => {
            t.calls.push(refused);
            if (refused) t.token = 'fresh';
            return { authorization: `Bearer ${t.token}` };
          },
        });
        await t.subscribe('chat');
      },
      scene.url,
      reconnect,
    );
  }
  await scene.connected(tabs);
  assert.equal(stream.total, before + 2);
  assert.equal(stream.last.method, 'POST');
  assert.equal(stream.last.body, '{"prompt":"hi"}');
  // Where no tab is visible at that moment (WebKitGTK changes that late) all are asked at once; none is asked twice.
  const calls = [];
  for (const tab of tabs) {
    const own = await tab.eval(() => t.calls);
    assert.equal(new Set(own).size, own.length, `${own}`);
    calls.push(...own);
  }
  assert.deepEqual([...new Set(calls)].sort(), [false, true]);
  stream.push({ event: 'chat', id: '2', data: 'two' });
  for (const tab of tabs) await scene.received(tab, [['chat', '2', 'two']]);

  // Signed out at the server: asked once more, then AUTH, until reconnect().
  good = 'Bearer none';
  stream.drop();
  for (const tab of tabs) await tab.waitFor('closed', () => t.hub.status === 'closed' && t.errors.length > 0);
  const shown = await tabs[0].eval(async () =>
    JSON.stringify([t.errors, t.statuses, t.gaps, t.hub.url, await t.hub.stats().catch(String)]),
  );
  assert.match(shown, /AUTH/);
  assert.doesNotMatch(shown, /fresh|stale|once-/);
  good = 'Bearer fresh';
  await tabs[1].eval(() => t.hub.reconnect());
  await scene.connected(tabs);
}
