import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { FaultProxy } from './proxy.mjs';

/** Runs `body` with a stream of the test server behind a proxy, and a reader of it through the proxy. */
async function behind(body) {
  const server = await startServer();
  const proxy = await FaultProxy.start(server.port);
  const readers = [];
  const open = async () => {
    const request = get({ host: '127.0.0.1', port: proxy.port, path: '/sse/s', agent: false });
    const reader = { request, text: '', error: undefined, isClosed: false };
    readers.push(reader);
    request.on('error', (error) => {
      reader.error ??= error.code;
    });
    const [response] = await once(request, 'response');
    response.setEncoding('utf8');
    response.on('data', (text) => {
      reader.text += text;
      reader.pieces = (reader.pieces ?? 0) + 1;
    });
    response.on('error', (error) => {
      reader.error ??= error.code;
    });
    response.on('close', () => {
      reader.isClosed = true;
    });
    await has(reader, 'hello');
    return reader;
  };
  try {
    await body({ server, proxy, stream: server.stream('s'), open });
  } finally {
    for (const { request } of readers) request.destroy();
    await proxy.close();
    await server.close();
  }
}

const has = (reader, piece) =>
  waitFor(`"${piece}" arrives`, () => reader.text.includes(piece), { state: () => reader });
const ended = (reader) => waitFor('the connection ends', () => reader.isClosed);

test('passes pages and streams on as they are', () =>
  behind(async ({ proxy, stream, open }) => {
    const reader = await open();
    assert.equal(proxy.streams.length, 1);
    stream.push({ event: 'a', id: '1', data: 'x'.repeat(300_000) }).push({ data: 'last' });
    await has(reader, 'data: last\n\n');
    assert.ok(reader.text.includes(`event: a\nid: 1\ndata: ${'x'.repeat(300_000)}\n\n`));
    const page = await fetch(`http://127.0.0.1:${proxy.port}/none`);
    assert.equal(page.status, 404);
    assert.equal(proxy.streams.length, 1, 'a page is no stream');
    stream.end();
    await ended(reader);
    assert.equal(reader.error, undefined, 'the server ended it in good order');
  }));

test('cuts by FIN and by RST, and the server learns of it', () =>
  behind(async ({ proxy, stream, open }) => {
    for (const how of ['cut', 'reset']) {
      const reader = await open();
      proxy[how]();
      await ended(reader);
      assert.equal(reader.error, 'ECONNRESET', 'an HTTP response that has no end is an error either way');
      await waitFor('the server learns', () => stream.connections === 0);
    }
  }));

test('resets in the middle of an event', () =>
  behind(async ({ proxy, stream, open }) => {
    const reader = await open();
    stream.push({ data: 'whole' });
    await has(reader, 'data: whole\n\n');
    proxy.resetMidEvent();
    stream.push({ id: '2', data: 'broken' }).push({ id: '3', data: 'never' });
    await ended(reader);
    assert.ok(reader.text.endsWith('id: 2\ndata: br'), JSON.stringify(reader.text));
  }));

test('holds, then lets go of all that was held, in order', () =>
  behind(async ({ proxy, stream, open }) => {
    const reader = await open();
    const other = await open();
    proxy.flow('hold');
    for (let n = 0; n < 100; n++) stream.push({ data: `n${n}` });
    const page = await fetch(`http://127.0.0.1:${proxy.port}/none`);
    assert.equal(page.status, 404, 'pages still load');
    assert.ok(!reader.text.includes('n0'));
    proxy.flow('pass');
    await has(reader, 'n99');
    await has(other, 'n99');
    assert.deepEqual(
      reader.text.match(/n\d+/g),
      [...Array(100).keys()].map((n) => `n${n}`),
    );
  }));

test('holds what comes behind a text, however it comes', () =>
  behind(async ({ proxy, stream, open }) => {
    proxy.holdBehind('n1');
    const reader = await open();
    stream.write('data: n0\n\ndata: n1 is the last\n\ndata: n2\n\n');
    await has(reader, 'n1 is the last\n\n');
    stream.push({ data: 'n3' });
    const page = await fetch(`http://127.0.0.1:${proxy.port}/none`);
    assert.equal(page.status, 404, 'pages still load');
    assert.ok(!reader.text.includes('n2'));
    proxy.heal();
    await has(reader, 'data: n2\n\ndata: n3\n\n');
  }));

test('drips byte by byte, and goes back to passing', () =>
  behind(async ({ proxy, stream, open }) => {
    const reader = await open();
    proxy.flow('drip');
    stream.push({ data: 'slow' }).push({ data: 'slower' });
    await has(reader, 'data: slow\n\n');
    assert.ok(reader.pieces > 3, `${reader.pieces} pieces`);
    proxy.flow('pass');
    stream.push({ data: 'fast' });
    await has(reader, 'data: slower\n\ndata: fast\n\n');
  }));

test('a half-open connection stays open for the browser and carries nothing', () =>
  behind(async ({ proxy, stream, open }) => {
    const reader = await open();
    proxy.halfOpen();
    await waitFor('the server has lost it', () => stream.connections === 0);
    const text = reader.text;
    stream.push({ data: 'unheard' });
    const next = await open();
    stream.push({ data: 'heard' });
    await has(next, 'heard');
    assert.equal(reader.text, text);
    assert.equal(reader.isClosed, false);
  }));

test('answers garbage as often as told, and goes away and comes back on the same port', () =>
  behind(async ({ proxy, stream, open }) => {
    proxy.garbage(1);
    await assert.rejects(open(), { code: /HPE_/ });
    assert.equal(stream.total, 0, 'the server has not heard of it');
    await open();
    const { port } = proxy;
    await proxy.close();
    const refused = get({ host: '127.0.0.1', port, path: '/sse/s' });
    const [error] = await once(refused, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
    await proxy.listen();
    assert.equal(proxy.port, port);
    await open();
  }));
