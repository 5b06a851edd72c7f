import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'by fetch every status means what it says, and auto takes over where EventSource gives up';

const reconnect = { initialDelay: 250, maxDelay: 1000 };

export async function run(scene) {
  const { stream, server } = scene;
  const sent = [];
  const push = (data) => {
    const id = String(sent.length + 1);
    sent.push(['chat', id, data]);
    stream.push({ event: 'chat', id, data });
  };

  // auto: refused, the EventSource gives way to a fetch, which resumes by header and obeys Retry-After.
  const tabs = [await scene.connect(['chat'], { reconnect }), await scene.connect(['chat'], { reconnect })];
  await scene.connected(tabs);
  push('before');
  for (const tab of tabs) await scene.received(tab, sent);
  stream.respond({ status: 503, headers: { 'retry-after': '1' } });
  const before = stream.total;
  stream.drop();
  for (const tab of tabs) await tab.waitFor('the status', () => t.errors.some(({ code }) => code === 'HTTP_STATUS'));
  push('while refused');
  await waitFor('a second attempt', () => stream.total >= before + 3);
  stream.respond(null);
  await scene.connected(tabs);
  for (const tab of tabs) {
    await scene.received(tab, sent);
    assert.deepEqual(await tab.eval(() => t.gaps), []);
  }
  assert.equal(stream.last.lastEventId, '1', 'by header');
  assert.equal(stream.last.query.lastEventId, undefined);

  // The server goes and comes back.
  await server.stopListening();
  for (const tab of tabs) await tab.waitFor('reconnecting', () => t.hub.status === 'reconnecting');
  push('while gone');
  await server.listen();
  await scene.connected(tabs);
  for (const tab of tabs) await scene.received(tab, sent);

  // 204: nothing more.
  stream.respond({ status: 204 });
  const asked = stream.total;
  stream.end();
  for (const tab of tabs) {
    await tab.waitFor('closed', () => t.hub.status === 'closed');
    assert.equal(await tab.eval(() => t.statuses.at(-1)[1]), 'stopped');
    await tab.eval(() => t.hub.close());
  }
  assert.equal(stream.total, asked + 1);

  // What another attempt does not mend; and the drop-in does as the native one.
  for (const [answer, code] of [
    [{ status: 404 }, 'HTTP_STATUS'],
    [{ status: 401 }, 'AUTH'],
    [{ status: 200, headers: { 'content-type': 'text/html' } }, 'CONTENT_TYPE'],
  ]) {
    stream.respond(answer);
    const [tab] = tabs;
    const total = stream.total;
    await tab.eval(async (url) => {
      t.errors.length = 0;
      t.connect(url, { transport: 'fetch' });
      t.subscribe('chat').catch(() => {});
    }, scene.url);
    await tab.waitFor('closed', () => t.hub.status === 'closed' && t.errors.length > 0);
    assert.deepEqual(await tab.eval(() => t.errors.map((error) => error.code)), [code]);
    assert.equal(stream.total, total + 1);
    await tab.eval(() => t.hub.close());
    await tab.eval((url) => {
      t.dispatched.length = 0;
      t.openSource(url);
    }, scene.url);
    await tab.waitFor('the error', () => t.dispatched.length > 0);
    assert.deepEqual(await tab.eval(() => t.dispatched), [['error', 2]]);
  }
}
