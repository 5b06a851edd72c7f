import assert from 'node:assert/strict';
import { waitFor } from '../driver/wait.mjs';

export const title = 'what other shared connections stumble over: equal messages, odd names, two URLs, double mounts';

export async function run(scene) {
  const { stream, server } = scene;
  const other = server.stream(`${stream.name}-2`);
  const tabs = [await scene.open(), await scene.open()];
  for (const tab of tabs) {
    await tab.eval(
      async (urls) => {
        const { SharedEventSource } = await import('/tabmux/index.js');
        const names = ['message', 'open', 'error', 'close', '__proto__', 'x'];
        t.sources = urls.map((url) => {
          const source = new SharedEventSource(url);
          const got = [];
          for (const name of names)
            source.addEventListener(name, (event) => got.push([name, event.data ?? source.readyState]));
          return { source, got };
        });
      },
      [scene.url, `${scene.url}-2`],
    );
    // A later joiner hears `open` as well, although no request is made for it.
    await tab.waitFor('both open', () =>
      t.sources.every(({ got }) => got.some(([type, data]) => type === 'open' && data === 1)),
    );
  }
  assert.deepEqual([stream.total, other.total], [1, 1]);

  // Equal messages in a row are as many messages. A server may call its events what it likes.
  for (let n = 0; n < 3; n++) stream.push({ data: 'same' });
  for (let n = 0; n < 2; n++) stream.push({ id: 'i', data: 'same' });
  for (const event of ['open', 'error', 'close', '__proto__']) stream.push({ event, data: event });
  stream.push({ data: 'last' });
  other.push({ data: 'of the other' });
  const expected = [
    ['open', 1],
    ...Array.from({ length: 5 }, () => ['message', 'same']),
    ...['open', 'error', 'close', '__proto__'].map((name) => [name, name]),
    ['message', 'last'],
  ];
  for (const tab of tabs) {
    await tab.waitFor('the last', () => t.sources[0].got.some(([, data]) => data === 'last'));
    await tab.waitFor('the other', () => t.sources[1].got.length === 2);
    assert.deepEqual(await tab.eval(() => t.sources.map(({ got }) => got)), [
      expected,
      [
        ['open', 1],
        ['message', 'of the other'],
      ],
    ]);
  }

  // Two URLs are two states. One that was closed stays so, whatever becomes of the connection.
  const [a, b] = tabs;
  await a.eval(() => {
    t.sources[1].source.close();
  });
  other.respond({ status: 503 });
  other.drop();
  await b.waitFor('an error', () => t.sources[1].got.some(([type, data]) => type === 'error' && data === 0));
  assert.deepEqual(await b.eval(() => t.sources.map(({ source }) => source.readyState)), [1, 0]);
  other.respond(null);
  await waitFor('back', () => other.connections === 1);
  other.push({ event: 'x', data: 'after the 503' });
  await b.waitFor('a named event', () => t.sources[1].got.some(([, data]) => data === 'after the 503'));
  assert.deepEqual(await a.eval(() => [t.sources[1].source.readyState, t.sources[1].got.length]), [2, 2]);
  assert.deepEqual([stream.total, stream.connections], [1, 1]);
  for (const tab of tabs)
    await tab.eval(() => {
      for (const { source } of t.sources) source.close();
    });
  await waitFor('both are closed', () => stream.connections === 0 && other.connections === 0);

  // A component that is mounted, unmounted and mounted again, as React does in StrictMode.
  const again = await scene.open();
  const before = stream.total;
  await again.eval(async (url) => {
    const { connect } = await import('/tabmux/index.js');
    t.mounted = [];
    const mount = () => {
      const hub = connect(url);
      const sub = hub.subscribe('chat', ({ data }) => t.mounted.push(data));
      return { unmount: () => hub.close(), ready: sub.ready };
    };
    mount().unmount();
    await mount().ready;
    const later = mount();
    await later.ready;
    later.unmount();
    await mount().ready;
  }, scene.url);
  await waitFor('one connection', () => stream.connections === 1);
  stream.push({ event: 'chat', id: '1', data: 'once each' });
  await again.waitFor('both that are mounted', () => t.mounted.length === 2);
  assert.equal(stream.total, before + 1);
}
