import './page.js';
import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import type { TabmuxError } from '../../js/errors.js';
import { settle, welcome, workers } from './page.js';

const key = 'events';
const principal = 'ann';

test('the hub learns what it is to ask for, and no token', async () => {
  const hub = connect(() => '/events?token=t', { key, principal, headers: async () => ({ a: 'b' }) });
  const stream = await welcome();
  const [attach] = stream.of('attach');
  assert.equal(attach?.url, 'http://app.test/');
  assert.deepEqual(attach?.options, { asks: 3, key, principal });
  hub.close();
});

test('asked, the functions answer: the URL resolved, without its fragment; headers as lines', async () => {
  const seen: unknown[] = [];
  const hub = connect(
    (asked) => {
      seen.push(asked);
      return 'events?token=t#x';
    },
    { key, principal, headers: async (asked) => new Headers({ Authorization: `Bearer ${asked.refused}` }) },
  );
  const stream = await welcome();
  stream.port.say({ t: 'ask', s: stream.s, r: 5, refused: true });
  await settle();
  assert.deepEqual(stream.of('answer'), [
    {
      t: 'answer',
      s: stream.s,
      r: 5,
      given: { url: 'http://app.test/dir/events?token=t', headers: 'authorization,Bearer true' },
    },
  ]);
  assert.deepEqual(seen, [{ refused: true }]);
  hub.close();
});

test('what throws, rejects, or gives no http(s) URL is reported here and answered with nothing', async (t) => {
  const reported: unknown[] = [];
  const { reportError } = globalThis;
  globalThis.reportError = (error: unknown) => void reported.push(error);
  t.after(() => {
    globalThis.reportError = reportError;
  });
  const broken = [
    () => {
      throw new Error('mine');
    },
    () => Promise.reject(new Error('mine')),
    () => 'ftp://app.test/',
    () => 'http://me:pw@app.test/',
    () => 'http://',
  ];
  for (const [at, url] of broken.entries()) {
    const hub = connect(url as () => string, { key: `broken ${at}`, principal });
    const stream = await welcome();
    stream.port.say({ t: 'ask', s: stream.s, r: 1, refused: false });
    await settle();
    assert.deepEqual(stream.of('answer'), [{ t: 'answer', s: stream.s, r: 1 }]);
    assert.equal(reported.length, at + 1);
    hub.close();
  }
});

test('equal calls share the stream, and the functions of the latest are asked', async () => {
  const first = connect(() => '/old', { key, principal });
  const second = connect(() => '/new', { key, principal });
  const stream = await welcome();
  assert.equal(stream.port.of('attach').filter(({ options }) => Object(options).key === key).length, 3);
  stream.port.say({ t: 'ask', s: stream.s, r: 1, refused: false });
  await settle();
  assert.equal(stream.of('answer')[0]?.given?.url, 'http://app.test/new');
  first.close();
  second.close();
});

test('where the stream is comes from the hub; the identity stays', async () => {
  const hub = connect(() => 'https://sse.test/events', { key, principal });
  const origins: string[] = [];
  hub.subscribe('a', ({ origin }) => origins.push(origin));
  const stream = await welcome();
  assert.equal(hub.url, 'http://app.test/');
  stream.port.say({ t: 'located', s: stream.s, url: 'https://sse.test/events' });
  assert.equal(hub.url, 'https://sse.test/events');
  stream.ready(1);
  stream.events(['a', '1', 'x']);
  assert.deepEqual(origins, ['https://sse.test']);
  stream.port.say({ t: 'rejoin' });
  await settle();
  const again = workers.at(-1)?.port.of('attach').at(-1) ?? (await welcome()).of('attach').at(-1);
  assert.equal(again?.url, 'http://app.test/');
  hub.close();
});

test('static headers go with the attach, as lines', async () => {
  const hub = connect('/static', { principal, headers: { 'X-Token': 't', accept: 'a, b' } });
  const stream = await welcome();
  assert.deepEqual(stream.of('attach')[0]?.options, { principal, headers: 'accept,a, b\nx-token,t' });
  hub.close();
});

test('what the hub can tell has a text with the remedy', async () => {
  const hub = connect('/texts', { transport: 'fetch' });
  const errors: TabmuxError[] = [];
  hub.addEventListener('error', ({ detail }) => errors.push(detail));
  const stream = await welcome();
  for (const [code, detail] of [
    ['AUTH', '401'],
    ['HTTP_STATUS', '404'],
    ['HTTP_STATUS', '503'],
    ['CONTENT_TYPE', '200'],
    ['CREDENTIALS_TIMEOUT', ''],
    ['LINE_TOO_LONG', 'a over 5'],
    ['NETWORK', 'buffered'],
  ])
    stream.raw([-6, { code, detail }, null]);
  await settle();
  assert.deepEqual(
    errors.map(({ message }) => message.replace(/^\w+: /, '').slice(0, 30)),
    [
      'the server refused the credent',
      'the server answered 404. Mend ',
      'the server answered 503. The h',
      'the response is no event strea',
      'no tab gave what url or header',
      'an event was dropped, for a li',
      'the stream shows nothing for l',
    ],
  );
  hub.close();
});
