import assert from 'node:assert/strict';

export const title =
  'the fetch transport is loaded by whom it serves alone; where it is missing that is told, with the remedy';

const FILE = '/tabmux/fetch.wasm';
const reconnect = { initialDelay: 250, maxDelay: 1000 };

export async function run(scene) {
  const { stream, server } = scene;
  const loads = () => server.fetched.filter((path) => path.startsWith(FILE)).length;
  const before = loads();

  // A worker of its own for each, so that none has it already.
  const event = await scene.connect(['chat'], { transport: 'eventsource', workerUrl: '/tabmux/worker.js?es' });
  await scene.connected([event]);
  stream.push({ event: 'chat', id: '1', data: 'by EventSource' });
  await scene.received(event, [['chat', '1', 'by EventSource']]);
  assert.equal(loads(), before);
  await event.close();

  server.overrides.set(FILE, { status: 404 });
  const tab = await scene.open();
  await tab.eval(
    (url, options) => {
      t.connect(url, options);
      return t.subscribe('chat');
    },
    `${scene.url}?fetch`,
    { transport: 'fetch', reconnect, workerUrl: '/tabmux/worker.js?fetch' },
  );
  await tab.waitFor('the error', () => t.errors.length > 0);
  const [code, message, status] = await tab.eval(() => [t.errors[0].code, t.errors[0].message, t.hub.status]);
  assert.deepEqual([code, status], ['WORKER_LOAD', 'reconnecting']);
  assert.match(message, /fetch\.wasm .*404.*npx tabmux init/);
  server.overrides.clear();
  await tab.waitFor('open', () => t.hub.status === 'open');
  stream.push({ event: 'chat', id: '2', data: 'by fetch' });
  await tab.waitFor('the event', () => t.events.length > 0);
  assert.equal(await tab.eval(() => t.events.at(-1)[2]), 'by fetch');
  await tab.close();
}
