import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { waitFor } from '../driver/wait.mjs';

export const title =
  'the first stream is asked for while the wasm loads; what it brings meanwhile comes once, in order';

const WASM = '/tabmux/hub.wasm';

export async function run(scene) {
  const { server, stream } = scene;
  const body = await readFile(new URL('../../../pkg/hub.wasm', import.meta.url));
  let waiting = [];
  let isHeld = true;
  const give = (response) => response.writeHead(200, { 'content-type': 'application/wasm' }).end(body);
  server.handlers.set(WASM, (_, response) => (isHeld ? waiting.push(response) : give(response)));
  // What is asked for later comes at once: where a tab goes, WebKit may run the worker anew just then.
  const load = () => {
    isHeld = false;
    waiting.forEach(give);
    waiting = [];
  };
  const connections = (count) => waitFor(`${count} connections`, () => stream.connections === count);
  let count = 0;
  /** A tab that does not wait for the hub; of a URL of its own, so that no worker of another test answers. */
  const start = async (channels, name = `early-${count}`) => {
    const tab = await scene.open();
    await tab.eval(
      (url, names, options) => {
        t.connect(url, options);
        for (const channel of names) t.subscribe(channel);
      },
      scene.url,
      channels,
      { workerUrl: `/tabmux/worker.js?${name}` },
    );
    return tab;
  };
  const begin = () => {
    count += 1;
    isHeld = true;
    stream.requests = [];
  };
  let id = 0;
  const push = (event) => {
    id += 1;
    stream.push({ event, id: `${id}`, data: `of ${event}` });
    return [event, `${id}`, `of ${event}`];
  };

  try {
    // Two tabs, the second of which holds something else as well.
    begin();
    const one = await start(['a', 'message', 'settle']);
    await connections(1);
    const two = await start(['a', 'b', 'settle'], `early-${count}`);
    const first = [push('a'), push('message'), push('a')];
    // Asked for beside the stream: either may be the first to come.
    await waitFor('the request of the wasm', () => waiting.length > 0);
    assert.equal(waiting.length, 1, 'the hub is not there yet');
    load();
    await scene.connected([one, two]);
    const then = push('b');
    const last = push('a');
    await scene.settle([one, two]);
    await scene.received(one, [...first, last]);
    await two.waitFor('its last event', (wanted) => t.events.some(([, seen]) => seen === wanted), last[1]);
    const later = await two.eval(() => t.events.map((event) => event.slice(0, 3)));
    assert.deepEqual(later.slice(-2), [then, last]);
    assert.equal(stream.total, 1, 'one request for all of it');
    assert.deepEqual(await one.eval(() => [t.gaps, t.errors]), [[], []]);
    await one.close();
    await two.close();

    // The tab that it was opened for goes, the other one stays.
    begin();
    const gone = await start(['a']);
    await connections(1);
    const stays = await start(['a', 'settle']);
    await gone.close();
    load();
    await scene.connected([stays]);
    const kept = push('a');
    await scene.settle([stays]);
    const had = await stays.eval(() => t.events.map((event) => event.slice(0, 3)));
    assert.deepEqual(had.at(-1), kept);
    await stays.close();

    // Nobody is left.
    begin();
    const only = await start(['a']);
    await connections(1);
    await only.close();
    await connections(0);
    load();

    // Cut meanwhile: the hub begins anew.
    begin();
    const cut = await start(['a', 'settle']);
    await connections(1);
    stream.drop();
    await connections(0);
    load();
    await scene.connected([cut]);
    const after = push('a');
    await scene.settle([cut]);
    await scene.received(cut, [after]);
    await cut.close();

    // Refused meanwhile: told as any refusal is, and taken up again.
    begin();
    stream.respond({ status: 503 });
    const refused = await start(['a', 'settle']);
    await waitFor('the request', () => stream.total === 1);
    load();
    await refused.waitFor('an error', () => t.errors.length > 0);
    stream.respond(null);
    await refused.eval(() => t.hub.reconnect());
    await scene.connected([refused]);
    const mended = push('a');
    await scene.settle([refused]);
    await scene.received(refused, [mended]);
    await refused.close();

    // What the hub is to do otherwise is not begun: by fetch, and with an id that is kept.
    begin();
    const fetched = await scene.open();
    await fetched.eval((url) => {
      t.connect(url, { transport: 'fetch', workerUrl: '/tabmux/worker.js?early-fetch' });
      t.subscribe('a');
    }, scene.url);
    await waitFor('the request of the wasm', () => waiting.length > 0);
    await fetched.eval(() => new Promise((resolve) => setTimeout(resolve)));
    assert.equal(stream.total, 0);
    load();
    await scene.connected([fetched]);
    assert.equal(stream.total, 1);
  } finally {
    server.handlers.delete(WASM);
    load();
  }
}
