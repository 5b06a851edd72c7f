import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as ask, get } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIMIT } from '../e2e/driver/wait.mjs';
import { startServer } from './server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');

/** Open a stream and collect its text; `until` waits for a condition on it by the data that arrives, not by time. */
async function open(server, name, { headers = {}, path = `/sse/${name}` } = {}) {
  const request = get({ host: '127.0.0.1', port: server.port, path, headers });
  const [response] = await once(request, 'response');
  response.setEncoding('utf8');
  const reader = { response, request, text: '', ended: false };
  response.on('data', (chunk) => {
    reader.text += chunk;
  });
  const cut = () => {
    reader.cut = true;
  };
  response.on('error', cut);
  // The server cuts what is still open when a test ends; that is no failure.
  request.on('error', cut);
  response.on('close', () => {
    reader.ended = true;
  });
  reader.until = async (piece) => {
    while (!reader.text.includes(piece)) await once(response, 'data', { signal: AbortSignal.timeout(LIMIT) });
    return reader.text;
  };
  return reader;
}

async function withServer(run) {
  const server = await startServer({ mounts: { '/own/': here } });
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

test('counts open and total connections per stream', () =>
  withServer(async (server) => {
    const a = await open(server, 'one');
    const b = await open(server, 'one');
    await open(server, 'two');
    assert.equal(server.stream('one').connections, 2);
    assert.equal(server.stream('one').total, 2);
    assert.equal(server.stream('two').connections, 1);
    a.request.destroy();
    b.request.destroy();
    await until(() => server.stream('one').connections === 0);
    assert.equal(server.stream('one').total, 2);
    assert.ok(server.stream('one').requests.every((request) => request.closed));
  }));

test('pushes named events with ids and multi-line data to every connection', () =>
  withServer(async (server) => {
    const readers = [await open(server, 's'), await open(server, 's')];
    server.stream('s').push({ event: 'chat', id: '7', data: 'two\nlines' }).push({ data: 'plain' });
    for (const reader of readers) {
      const text = await reader.until('data: plain\n\n');
      assert.ok(text.endsWith('event: chat\nid: 7\ndata: two\ndata: lines\n\ndata: plain\n\n'), text);
    }
  }));

test('records Last-Event-ID, query, cookie and origin of each request', () =>
  withServer(async (server) => {
    await open(server, 's', {
      path: '/sse/s?lastEventId=a%26b&x=1',
      headers: { 'last-event-id': '41', cookie: 'k=v', origin: 'http://elsewhere.test' },
    });
    const request = server.stream('s').last;
    assert.equal(request.lastEventId, '41');
    assert.deepEqual(request.query, { lastEventId: 'a&b', x: '1' });
    assert.equal(request.cookie, 'k=v');
    assert.equal(request.origin, 'http://elsewhere.test');
  }));

test('replays what came after the id presented by header or query, and names a lost id', () =>
  withServer(async (server) => {
    const stream = server.stream('s');
    stream.replay = true;
    stream.lostEvent = 'lost';
    for (const id of ['1', '2', '3']) stream.push({ id, data: `d${id}` });
    const byHeader = await open(server, 's', { headers: { 'last-event-id': '1' } });
    assert.ok(!(await byHeader.until('d3')).includes('d1'));
    const byQuery = await open(server, 's', { path: '/sse/s?lastEventId=2' });
    assert.ok(!(await byQuery.until('d3')).includes('d2'));
    const lost = await open(server, 's', { headers: { 'last-event-id': 'gone' } });
    assert.match(await lost.until('d3'), /event: lost\ndata: gone\n\nid: 1\n/);
    const fresh = await open(server, 's');
    stream.push({ id: '4', data: 'd4' });
    assert.ok(!(await fresh.until('d4')).includes('d3'), 'a first connection gets no history');
    stream.logSize = 2;
    stream.push({ id: '5', data: 'd5' });
    const short = await open(server, 's', { headers: { 'last-event-id': '3' } });
    assert.match(await short.until('d5'), /event: lost\ndata: 3\n\nid: 4\n/);
  }));

test('refuses as told, then streams again', () =>
  withServer(async (server) => {
    const stream = server.stream('s');
    for (const status of [503, 404, 204, 401]) {
      stream.respond({ status, headers: { 'retry-after': '1' } });
      const { response } = await open(server, 's');
      assert.equal(response.statusCode, status);
      assert.equal(response.headers['retry-after'], '1');
    }
    stream.respond({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' });
    assert.equal((await open(server, 's')).response.headers['content-type'], 'application/json');
    stream.respond(({ query }) => (query.in ? null : { status: 403 }));
    assert.equal((await open(server, 's')).response.statusCode, 403);
    assert.equal((await open(server, 's', { path: '/sse/s?in=1' })).response.statusCode, 200);
    stream.drop();
    await until(() => stream.connections === 0);
    stream.respond(null);
    assert.equal((await open(server, 's')).response.headers['content-type'], 'text/event-stream');
    assert.equal(stream.total, 8);
    assert.equal(stream.connections, 1);
  }));

test('reads all that is posted before it answers', () =>
  withServer(async (server) => {
    const stream = server.stream('s');
    const posted = ask({ host: '127.0.0.1', port: server.port, path: '/sse/s', method: 'POST' });
    posted.on('error', () => {});
    posted.write('why');
    await until(() => stream.last?.body === 'why');
    assert.equal(stream.connections, 0);
    posted.end('?');
    await once(posted, 'response');
    assert.equal(stream.connections, 1);
    assert.deepEqual([stream.last.method, stream.last.body], ['POST', 'why?']);
  }));

test('drops every connection, and comes back on the same port', () =>
  withServer(async (server) => {
    const port = server.port;
    const reader = await open(server, 's');
    server.stream('s').drop();
    await until(() => reader.ended);
    assert.ok(reader.cut, 'the stream was cut, not ended');
    await server.stopListening();
    const refused = get({ host: '127.0.0.1', port, path: '/sse/s' });
    const [error] = await once(refused, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
    await server.listen();
    assert.equal(server.port, port);
    await open(server, 's');
    assert.equal(server.stream('s').connections, 1);
  }));

test('sends retry, CORS headers, cookies and a huge event', () =>
  withServer(async (server) => {
    const stream = server.stream('s');
    stream.retry = 300;
    stream.cors = { origin: true, credentials: true };
    stream.headers = { 'set-cookie': 'a=b' };
    const reader = await open(server, 's', { headers: { origin: 'http://app.test' } });
    await reader.until('retry: 300\n\n');
    assert.equal(reader.response.headers['access-control-allow-origin'], 'http://app.test');
    assert.equal(reader.response.headers['access-control-allow-credentials'], 'true');
    assert.deepEqual(reader.response.headers['set-cookie'], ['a=b']);
    stream.push({ data: 'x'.repeat(5_000_000) }).push({ data: 'after' });
    assert.ok((await reader.until('data: after')).length > 5_000_000);
  }));

test('serves mounted files only, with overrides of status, headers and body', () =>
  withServer(async (server) => {
    const text = async (path) => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
      return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
    };
    const plain = await text('/own/files.mjs');
    assert.equal(plain.status, 200);
    assert.match(plain.type, /^text\/javascript/);
    assert.equal((await text('/own/%2e%2e%2f%2e%2e%2fpackage.json')).status, 404);
    assert.equal((await text('/own/none.js')).status, 404);
    server.overrides.set('/own/files.mjs', { headers: { 'content-type': 'text/plain' } });
    assert.deepEqual(await text('/own/files.mjs'), { ...plain, type: 'text/plain' });
    server.overrides.set('/own/files.mjs', { status: 404 });
    assert.equal((await text('/own/files.mjs')).status, 404);
  }));

test('answers a proxy request for another host name', () =>
  withServer(async (server) => {
    const reader = await open(server, 's', { path: `http://app.test:${server.port}/sse/s` });
    assert.equal(reader.response.statusCode, 200);
    assert.equal(server.stream('s').connections, 1);
  }));

async function until(condition) {
  const limit = Date.now() + LIMIT;
  while (!condition()) {
    assert.ok(Date.now() < limit, `not in time: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
