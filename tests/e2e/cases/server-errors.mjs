import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'a server that refuses, drops or goes away is waited for, and nothing is missed';

export async function run(scene) {
  const { stream, server } = scene;
  const options = { reconnect: { initialDelay: 250, maxDelay: 1000 } };
  const tabs = [await scene.connect(['settle', 'chat'], options), await scene.connect(['settle', 'chat'], options)];
  await scene.connected(tabs);
  const sent = [];
  const push = (data) => {
    const id = String(sent.length + 1);
    sent.push(['chat', id, data]);
    stream.push({ event: 'chat', id, data });
  };
  const back = async () => {
    await scene.connected(tabs);
    await scene.settle(tabs);
    for (const tab of tabs) await scene.received(tab, sent);
  };

  push('before');
  await back();

  stream.respond({ status: 503 });
  const before = stream.total;
  stream.drop();
  for (const tab of tabs) await tab.waitFor('reconnecting', () => t.hub.status === 'reconnecting');
  push('while refused');
  await waitFor('three refusals', () => stream.total >= before + 3);
  stream.respond(null);
  await back();
  const errors = await tabs[0].eval(() => t.errors.map(({ code }) => code));
  assert.ok(errors.length > 0 && errors.every((code) => code === 'NETWORK' || code === 'HTTP_STATUS'), `${errors}`);

  stream.drop();
  push('while cut off');
  await back();

  await server.stopListening();
  for (const tab of tabs) await tab.waitFor('reconnecting', () => t.hub.status === 'reconnecting');
  push('while gone');
  await server.listen();
  await back();

  for (const tab of tabs) assert.deepEqual(await tab.eval(() => t.gaps), []);
  const resumed = stream.requests.filter(({ status }) => status === 200).slice(1);
  assert.ok(
    resumed.every(({ lastEventId, query }) => lastEventId || query.lastEventId),
    'every return presents an id',
  );
  // Every attempt waits at least 250 ms, whatever the server does: the whole of it took no storm of requests.
  assert.ok(stream.total < 60, `${stream.total} requests`);
}
