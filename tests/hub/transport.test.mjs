import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createGzip } from 'node:zlib';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { startWorker } from './worker.mjs';

const EVENT_STREAM = { 'content-type': 'text/event-stream' };
const BURST = 20_000;

let server;
let worker;
before(async () => {
  server = await startServer();
  worker = await startWorker(server.origin('127.0.0.1'));
});
after(async () => {
  await worker?.end();
  await server.close();
});

let count = 0;

/** A stream of its own and a page that is connected to it. */
async function open(options = {}, channels = ['*'], prepare = () => {}) {
  const stream = server.stream(`t${++count}`);
  stream.replay = true;
  prepare(stream);
  const page = worker.page();
  page.attach(
    `${server.origin('127.0.0.1')}/sse/${stream.name}`,
    { reconnect: { initialDelay: 250, maxDelay: 250, jitter: false }, maxStreamsPerOrigin: 10_000, ...options },
    channels,
  );
  return { stream, page };
}

const status =
  (wanted, times = 1) =>
  ({ statuses }) =>
    statuses.filter((each) => each.status === wanted).length >= times;

test('the connection ends at once when nobody needs it: the request is aborted', async () => {
  const { stream, page } = await open();
  await page.until('open', status('open'));
  page.say({ t: 'close-everywhere', r: 1 });
  await waitFor('no connection', () => stream.connections === 0);
  page.close();
});

test('a request that is never answered is aborted too', async () => {
  const { stream, page } = await open({}, ['*'], (stream) => stream.respond({ hang: true }));
  await waitFor('a request', () => stream.total === 1);
  page.say({ t: 'close-everywhere', r: 1 });
  await waitFor('its end', () => stream.last.closed);
  page.close();
});

test('it asks for an event stream, with the headers of the application, and by the header from where', async () => {
  const { stream, page } = await open({ headers: 'x-own,yes' });
  await page.until('open', status('open'));
  stream.push({ id: 'a 1', data: 'before' });
  await page.until('an event', ({ events }) => events.length === 1);
  stream.drop();
  stream.push({ id: 'a 2', data: 'while cut off' });
  await page.until('what was missed', ({ events }) => events.length === 2);
  assert.deepEqual(page.events.at(-1), ['message', 'a 2', 'while cut off']);
  assert.deepEqual(page.gaps, []);
  const [first, second] = stream.requests;
  assert.equal(first.headers.accept, 'text/event-stream');
  assert.equal(first.headers['x-own'], 'yes');
  assert.deepEqual([first.lastEventId, second.lastEventId, second.query], [null, 'a 1', {}]);
  page.close();
});

test('a request with a method and a body', async () => {
  const { stream, page } = await open({ method: 'POST', body: '{"a":"ä"}' });
  await page.until('open', status('open'));
  stream.push({ data: 'answer' });
  await page.until('the answer', ({ events }) => events.length === 1);
  assert.deepEqual([stream.last.method, stream.last.body], ['POST', '{"a":"ä"}']);
  page.close();
});

test('a body without a method is posted', async () => {
  const { stream, page } = await open({ body: 'a=1' });
  await page.until('open', status('open'));
  assert.deepEqual([stream.last.method, stream.last.body], ['POST', 'a=1']);
  page.close();
});

test('a body that ends within an event, or is cut there, brings no half event', async () => {
  const { stream, page } = await open();
  await page.until('open', status('open'));
  stream.push({ id: '1', data: 'whole' });
  stream.write('id: 2\ndata: half');
  await page.until('the whole one', ({ events }) => events.length === 1);
  stream.drop();
  await page.until('the return', status('open', 2));
  stream.push({ id: '3', data: 'next' });
  await page.until('the next', ({ events }) => events.length === 2);
  assert.deepEqual(
    page.events.map(([, id]) => id),
    ['1', '3'],
  );
  page.close();
});

test('a server that goes away is waited for', async () => {
  const { stream, page } = await open();
  await page.until('open', status('open'));
  stream.push({ id: '1', data: 'before' });
  await page.until('an event', ({ events }) => events.length === 1);
  await server.stopListening();
  await page.until('reconnecting', status('reconnecting'));
  stream.push({ id: '2', data: 'while gone' });
  await server.listen();
  await page.until('what was missed', ({ events }) => events.length === 2);
  assert.deepEqual(page.gaps, []);
  page.close();
});

test('an event and a line that are too large are told and skipped, and the stream goes on', async () => {
  const { stream, page } = await open({ limits: { event: 100, line: 300 } }, ['big', 'small']);
  await page.until('open', status('open'));
  stream.push({ event: 'big', id: '1', data: 'x'.repeat(101) });
  stream.push({ event: 'big', id: '2', data: 'y'.repeat(100_000) });
  stream.push({ event: 'big', id: '3', data: `${'z'.repeat(50)}\n${'z'.repeat(50)}` });
  stream.push({ event: 'small', data: 'after' });
  await page.until('the last', ({ events }) => events.length === 1);
  assert.deepEqual(page.events, [['small', '3', 'after']]);
  const codes = page.errors.map(({ code }) => code);
  assert.deepEqual(codes, ['EVENT_TOO_LARGE', 'LINE_TOO_LONG', 'EVENT_TOO_LARGE']);
  const lost = page.gaps.filter(([channel]) => channel === 'big').reduce((sum, [, dropped]) => sum + dropped, 0);
  assert.equal(lost, 3);
  page.close();
});

test(`${BURST} events in one burst arrive once each, in order`, async () => {
  const { stream, page } = await open();
  const text = ['x'.repeat(170), 'äöü€ 日本語 😀'.repeat(12), 'short', `two\nlines ${'y'.repeat(50)}`, ''];
  await page.until('open', status('open'));
  for (let at = 0; at < BURST; at++) {
    stream.push({ event: `c${at % 7}`, id: String(at), data: `${at} ${text[at % text.length]}` });
  }
  await page.until('all of them', ({ events }) => events.length >= BURST);
  for (const [at, event] of page.events.entries()) {
    assert.deepEqual(event, [`c${at % 7}`, String(at), `${at} ${text[at % text.length]}`]);
  }
  assert.deepEqual([page.events.length, page.gaps], [BURST, []]);
  page.close();
});

test('whatever their size, names and ids, events that come together keep their order and their own', async () => {
  const pieces = [];
  const expected = [];
  let last = '';
  for (let at = 0; at < 3_000; at++) {
    // More names than are known by number; sizes below, around and above what is handed over in one piece.
    const name = at % 7 ? `n${at % 100}` : 'message';
    const data = `${at} ${(at % 11 ? 'x' : 'ü').repeat([3, 200, 16_370 + (at % 30), 40_000][at % 50 ? at % 2 : 2 + ((at / 50) % 2)])}`;
    if (at % 3 === 0) {
      last = `${at}`;
      pieces.push(`id: ${last}\n`);
      // In a block of its own, without data, as well.
      if (at % 2) pieces.push('\n');
    }
    if (at % 13 === 0) pieces.push(': a comment\n');
    pieces.push(`${at % 7 ? `event: ${name}\n` : ''}data: ${data}\n\n`);
    expected.push([name, last, data]);
  }
  const { page } = await open({}, ['*'], (stream) =>
    stream.respond({ headers: EVENT_STREAM, body: Buffer.from(pieces.join('')) }),
  );
  await page.until('the end', status('reconnecting'));
  assert.equal(page.events.length, expected.length);
  for (const [at, event] of expected.entries()) assert.deepEqual(page.events[at], event);
  assert.deepEqual(page.gaps, []);
  page.close();
});

/** Ends all streams: those of earlier tests come back with all that they bring, and it would be counted. */
async function alone() {
  const { page } = await open();
  await page.until('open', status('open'));
  page.say({ t: 'close-everywhere', r: 1 });
  await page.until('the end of all', ({ closedEverywhere }) => closedEverywhere);
  page.close();
}

/** Answers the first request so, and ends the stream with the next. */
const once = (body) => (stream) => {
  let answer = { headers: EVENT_STREAM, body };
  stream.respond(() => {
    const now = answer;
    answer = { status: 204 };
    return now;
  });
};

/** Texts that a piece of a body costs, besides those of its events: it is decoded, and what it cuts goes by itself. */
const A_PIECE = 6;

/** Counts texts that are decoded and pieces of bodies that are read, until its `end()`: a busy machine reads smaller pieces. */
function counted() {
  const text = TextDecoder.prototype;
  const reader = ReadableStreamDefaultReader.prototype;
  const { decode } = text;
  const { read } = reader;
  const counts = {
    texts: 0,
    pieces: 0,
    end: () => Object.assign(text, { decode }) && Object.assign(reader, { read }),
  };
  text.decode = function (...args) {
    counts.texts += 1;
    return decode.apply(this, args);
  };
  reader.read = function () {
    counts.pieces += 1;
    return read.call(this);
  };
  return counts;
}

test('names are told among the events: more of them than are known at a time cost no decoding each', async () => {
  await alone();
  const forms = [
    (name, n) => `event: ${name}\nid: ${n}\ndata: ${n}\n\n`,
    (name, n) => `id: ${n}\nevent: ${name}\ndata: ${n}\n\n`,
    (name, n) => `id: ${n}\ndata: ${n}\nevent: ${name}\n\n`,
  ];
  for (const [at, form] of forms.entries()) {
    const expected = Array.from({ length: 6_000 }, (_, n) => [`name ${n % 500}`, String(n), String(n)]);
    const body = Buffer.from(expected.map(([name, id]) => form(name, id)).join(''));
    const counts = counted();
    try {
      const { page } = await open({}, ['*'], once(body));
      await page.until('the end', status('reconnecting'));
      assert.deepEqual(page.events, expected);
      page.close();
    } finally {
      counts.end();
    }
    // Each of the 500 channels is told to the page by a text. A name behind its data is not looked for: its event goes by itself.
    const byThemselves = at < 2 ? 0 : 6_000;
    assert.ok(counts.texts < 600 + byThemselves + A_PIECE * counts.pieces, JSON.stringify(counts));
  }
});

test('events of a name that is known come by the block, wherever the name stands and whatever its size', async () => {
  await alone();
  const forms = [
    (n) => `data: ${n}${'x'.repeat(200)}\nevent: name\n\n`,
    (n) => `id: ${n}\ndata: ${n}${'x'.repeat(200)}\nevent: name\n\n`,
    (n) => `id: ${'i'.repeat(130)}${n}\nevent: name\ndata: ${n}${'x'.repeat(200)}\n\n`,
  ];
  for (const form of forms) {
    const body = Buffer.from(Array.from({ length: 6_000 }, (_, n) => form(n)).join(''));
    const counts = counted();
    try {
      const { page } = await open({}, ['*'], once(body));
      await page.until('the end', status('reconnecting'));
      assert.equal(page.events.length, 6_000);
      page.close();
    } finally {
      counts.end();
    }
    assert.ok(counts.texts < 100 + A_PIECE * counts.pieces, JSON.stringify(counts));
  }
});

test('text that is no UTF-8 shifts nothing behind it', async () => {
  const pieces = [];
  const expected = [];
  // Bad bytes in every place of a block that holds good text as well.
  for (let at = 0; at < 200; at++) {
    const bad = [[0xff], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0x80, 0x80]][at % 5];
    const bytes = Buffer.concat([Buffer.from(`ä${at}`), Buffer.from(at % 3 ? bad : []), Buffer.from('€ 😀')]);
    pieces.push(
      Buffer.from(`: ${'ü'.repeat(at % 11)}\n`),
      Buffer.from(`id: ñ${at}\ndata: `),
      bytes,
      Buffer.from('\n\n'),
    );
    expected.push(['message', `ñ${at}`, new TextDecoder().decode(bytes)]);
  }
  const { page } = await open({}, ['*'], (stream) =>
    stream.respond({ headers: EVENT_STREAM, body: Buffer.concat(pieces) }),
  );
  await page.until('the end', status('reconnecting'));
  assert.deepEqual(page.events, expected);
  page.close();
});

test('channels may be named within JSON', async () => {
  const { stream, page } = await open({ channel: { json: 'type' } }, ['order', 'ä', 'message']);
  await page.until('open', status('open'));
  stream.push({ data: '{"n":1,"type":"order"}' });
  stream.push({ data: '{"type":"\\u00e4"}' });
  stream.push({ data: '{"type":"nobody\'s"}' });
  stream.push({ data: 'text' });
  await page.until('the last', ({ events }) => events.length === 3);
  assert.deepEqual(
    page.events.map(([channel]) => channel),
    ['order', 'ä', 'message'],
  );
  page.close();
});

test('what is no event stream is refused by what it is', async () => {
  for (const [answer, code] of [
    [{ status: 200, headers: { 'content-type': 'text/html' }, body: 'data: no\n\n' }, 'CONTENT_TYPE'],
    [{ status: 200, headers: { 'content-type': 'text/event-streams' } }, 'CONTENT_TYPE'],
    [{ status: 404 }, 'HTTP_STATUS'],
    [{ status: 401 }, 'AUTH'],
  ]) {
    const { page } = await open({}, ['*'], (stream) => stream.respond(answer));
    await page.until('the end', status('closed'));
    assert.deepEqual(
      page.errors.map((error) => error.code),
      [code],
    );
    page.close();
  }
});

test('parameters and case of the content type do not matter', async () => {
  const { page } = await open({}, ['*'], (stream) =>
    stream.respond({ headers: { 'content-type': 'Text/Event-Stream ; charset=utf-8' }, body: 'data: a\n\n' }),
  );
  await page.until('the event', ({ events }) => events.length === 1);
  page.close();
});

test('a server that is busy says when to come again', async () => {
  for (const [after, earliest] of [
    ['1', () => Date.now() + 1_000],
    [new Date(Date.now() + 3_000).toUTCString(), (text) => Date.parse(text)],
  ]) {
    const notBefore = earliest(after);
    const { stream, page } = await open({}, ['*'], (stream) =>
      stream.respond({ status: 503, headers: { 'retry-after': after } }),
    );
    await page.until('the refusal', status('reconnecting'));
    stream.respond(null);
    await page.until('the return', status('open'));
    // Timers and clocks round to milliseconds. Without the header it would have been 250.
    assert.ok(Date.now() >= notBefore - 5, after);
    page.close();
  }
});

test('redirects are followed, each time anew, and one to nowhere is a failed attempt', async () => {
  const { stream, page } = await open({}, ['*'], (stream) =>
    stream.respond(({ query }) => (query.to ? null : { status: 307, headers: { location: '?to=here' } })),
  );
  await page.until('open', status('open'));
  stream.push({ id: '1', data: 'one' });
  await page.until('an event', ({ events }) => events.length === 1);
  stream.drop();
  await page.until('the return', status('open', 2));
  assert.deepEqual(
    stream.requests.map(({ query, lastEventId }) => [query.to, lastEventId]),
    [
      [undefined, null],
      ['here', null],
      [undefined, '1'],
      ['here', '1'],
    ],
  );
  stream.respond({ status: 307 });
  stream.drop();
  await page.until('the error', ({ errors }) =>
    errors.some(({ code, detail }) => code === 'NETWORK' && detail === '307'),
  );
  await page.until('reconnecting', status('reconnecting', 2));
  page.close();
});

test('a compressed stream comes event by event', async () => {
  const gzip = createGzip();
  const pieces = [];
  for (let id = 1; id <= 3; id++) {
    gzip.write(`id: ${id}\ndata: ${'x'.repeat(id * 1000)}\n\n`);
    await new Promise((resolve) => gzip.flush(resolve));
    pieces.push(gzip.read());
  }
  const { page } = await open({}, ['*'], (stream) =>
    stream.respond({ headers: { ...EVENT_STREAM, 'content-encoding': 'gzip' }, body: pieces, stays: true }),
  );
  // There is no end to it: what was flushed has to be enough.
  await page.until('all of them', ({ events }) => events.length === 3);
  assert.deepEqual(
    page.events.map(([, id, data]) => [id, data.length]),
    [
      ['1', 1000],
      ['2', 2000],
      ['3', 3000],
    ],
  );
  assert.deepEqual(page.errors, []);
  page.close();
});

test('as Mercure has it, the answer says behind which event it begins: that asked for, another, or none', async () => {
  // Its specification: any other value than the one asked for says that events may be lost; `earliest` is in no event.
  for (const [told, resumed, gaps] of [
    ['urn:uuid:1', 'yes', []],
    ['urn:uuid:0', 'no', [['*', null, 'server']]],
    ['earliest', 'no', [['*', null, 'server']]],
  ]) {
    const { stream, page } = await open();
    await page.until('open', status('open'));
    stream.push({ id: 'urn:uuid:1', data: 'one' });
    await page.until('an event', ({ events }) => events.length === 1);
    stream.headers = { 'last-event-id': told };
    stream.drop();
    await page.until('the return', status('open', 2));
    const last = page.statuses.filter(({ status }) => status === 'open').at(-1);
    assert.deepEqual([last.resumed, page.gaps], [resumed, gaps], told);
    page.close();
  }
});

test('comments keep a quiet stream open, and silence after them ends it', async () => {
  // Worker and server are one process: where that stands still for so long, silence is what it sees.
  const { stream, page } = await open({ heartbeatTimeout: 3_000 });
  await page.until('open', status('open'));
  const began = Date.now();
  const beat = setInterval(() => stream.write(': still here\n'), 200);
  await waitFor('longer than the timeout', () => Date.now() - began > 4_000);
  assert.deepEqual([page.statuses.at(-1).status, stream.total], ['open', 1]);
  clearInterval(beat);
  await page.until('silent', ({ statuses }) => statuses.find(({ reason }) => reason === 'silent'));
  await page.until('the return', status('open', 2));
  page.close();
});

test('retry: takes the place of the first delay', async () => {
  const { stream, page } = await open(
    { reconnect: { initialDelay: 60_000, maxDelay: 60_000, jitter: false } },
    ['*'],
    (its) => {
      its.retry = 300;
    },
  );
  await page.until('open', status('open'));
  const dropped = Date.now();
  stream.drop();
  await page.until('the return', status('open', 2));
  assert.ok(Date.now() - dropped >= 295);
  page.close();
});
