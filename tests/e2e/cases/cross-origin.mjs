import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title =
  'to another origin a fetch resumes by the query, without a preflight, or by the header where asked to';

const reconnect = { initialDelay: 250, maxDelay: 250, jitter: false };

export async function run(scene) {
  const { stream, server } = scene;
  const url = server.origin(scene.secure ? '127.0.0.1' : 'localhost') + scene.url;
  const sent = [];
  const push = (data) => {
    const id = String(sent.length + 1);
    sent.push(['chat', id, data]);
    stream.push({ event: 'chat', id, data });
  };
  const open = async (query, options) => {
    const tab = await scene.open();
    await tab.eval(
      (target, connectOptions) => {
        t.connect(target, connectOptions);
        return t.subscribe('chat');
      },
      url + query,
      { transport: 'fetch', reconnect, maxStreamsPerOrigin: 4, ...options },
    );
    return tab;
  };
  const resumed = (tab) => tab.eval(() => t.statuses.findLast(([status]) => status === 'open')[2]);

  // Allowed, with cookies; the answer says by which id it takes up, and that may be read.
  stream.cors = { origin: true, credentials: true, expose: 'Last-Event-ID' };
  let tab = await open('', { withCredentials: true });
  await scene.connected([tab]);
  push('one');
  await scene.received(tab, sent);
  stream.headers = { 'last-event-id': '1' };
  let told = await scene.statuses([tab]);
  stream.drop();
  await told('reconnecting');
  await scene.connected([tab]);
  assert.deepEqual([stream.last.query.lastEventId, stream.last.lastEventId], ['1', null]);
  assert.equal(await resumed(tab), 'yes');
  assert.deepEqual(stream.preflights, []);
  await tab.close();

  // By the header, as the app has said that it may: the server is asked first.
  stream.headers = {};
  stream.cors = { origin: true, headers: 'Last-Event-ID' };
  tab = await open('?header', { resume: { header: true } });
  await tab.waitFor('open', () => t.hub.status === 'open');
  sent.length = 0;
  push('two');
  await scene.received(tab, sent);
  told = await scene.statuses([tab]);
  stream.drop();
  await waitFor('by the header', () => stream.last.lastEventId === '1');
  assert.deepEqual(stream.preflights, ['last-event-id']);
  assert.equal(stream.last.query.lastEventId, undefined);

  // A server that answers no preflight can't be resumed at so: that is a failed attempt, told, and tried again.
  await told('reconnecting');
  await tab.waitFor('open', () => t.hub.status === 'open');
  stream.cors = { origin: true };
  const total = stream.total;
  stream.drop();
  await waitFor('a second preflight', () => stream.preflights.length >= 3);
  await tab.waitFor('the error', () => t.errors.some(({ code }) => code === 'NETWORK'));
  assert.deepEqual([stream.total, await tab.eval(() => t.hub.status)], [total, 'reconnecting']);
  await tab.close();

  // Nobody has allowed this page.
  stream.cors = null;
  tab = await open('?foreign', {});
  await tab.waitFor('the error', () => t.errors.some(({ code }) => code === 'NETWORK'));
  assert.equal(await tab.eval(() => t.hub.status), 'reconnecting');
  await tab.close();
}
