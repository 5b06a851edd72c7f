import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startServer } from '../server/server.mjs';
import { startWorker } from './worker.mjs';

const vectors = JSON.parse(readFileSync(new URL('../conformance/vectors.json', import.meta.url), 'utf8'));

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

for (const size of [Number.POSITIVE_INFINITY, 5, 1]) {
  test(`every vector, ${size === Number.POSITIVE_INFINITY ? 'whole' : `${size} bytes at a time`}`, async () => {
    for (const [at, { name, input, events }] of vectors.entries()) {
      const bytes = Buffer.from(input, 'latin1');
      if (size < 2 && bytes.length > 200) continue;
      const stream = server.stream(`${size}-${at}`);
      stream.respond({ headers: { 'content-type': 'text/event-stream' }, body: inPieces(bytes, size) });
      const page = worker.page();
      page.attach(`${server.origin('127.0.0.1')}/sse/${stream.name}`, { maxStreamsPerOrigin: 10_000 });
      // The response has ended; what was before it has been delivered before this.
      await page.until(`end of ${name}`, ({ statuses }) => statuses.find(({ status }) => status === 'reconnecting'));
      assert.deepEqual(
        page.events.map(([channel, id, data]) => [channel, data, id]),
        events,
        name,
      );
      page.close();
    }
  });
}

for (const size of [Number.POSITIVE_INFINITY, 1_400]) {
  test(`ids and data of every size and text, ${size === Number.POSITIVE_INFINITY ? 'whole' : `${size} bytes at a time`}`, async () => {
    // What a block says of an id's size ends at a byte, a block at 16 KiB, and a text that is no ASCII has fewer units than bytes.
    const ids = [0, 1, 255, 256, 257].map((count) => 'i'.repeat(count));
    const data = [
      '',
      'x',
      'x'.repeat(255),
      'x'.repeat(256),
      'x'.repeat(16_000),
      'x'.repeat(16_384),
      'x'.repeat(20_000),
    ];
    // As many units as bytes, fewer, and as many code units as two bytes have.
    data.push('\xff', 'é', '€'.repeat(5_000), '😀', '\ufeffx');
    const sent = ids.flatMap((id) => data.map((each) => [id, each]));
    // Each alone too, behind one that is plain: whether a text is as long as its bytes is asked of a whole block.
    const bytes = sent.flatMap(([id, each]) => [
      Buffer.from(`id: ${id}\ndata: `),
      each === '\xff' ? Buffer.from([0xff]) : Buffer.from(each),
      Buffer.from('\n\nid: p\ndata: plain\n\n'),
    ]);
    const stream = server.stream(`sizes-${size}`);
    stream.respond({ headers: { 'content-type': 'text/event-stream' }, body: inPieces(Buffer.concat(bytes), size) });
    const page = worker.page();
    page.attach(`${server.origin('127.0.0.1')}/sse/${stream.name}`, { maxStreamsPerOrigin: 10_000 });
    await page.until('its end', ({ statuses }) => statuses.find(({ status }) => status === 'reconnecting'));
    assert.deepEqual(
      page.events.map(([, id, each]) => [id, each]),
      sent.flatMap(([id, each]) => [
        [id, each === '\xff' ? '\ufffd' : each],
        ['p', 'plain'],
      ]),
    );
    page.close();
  });
}

for (const size of [Number.POSITIVE_INFINITY, 5_000, 1_400]) {
  test(`plain events beside those that are not, ${size === Number.POSITIVE_INFINITY ? 'whole' : `${size} bytes at a time`}`, async () => {
    const texts = [];
    const sent = [];
    let last = '';
    const add = (text, name, data, id = last) => {
      last = id;
      texts.push(text);
      sent.push([name, id, data]);
    };
    for (let round = 0; round < 60; round++) {
      for (let n = 0; n < 20; n++) {
        const data = `${round} ${n} `.repeat(n);
        add(`id: ${round}/${n}\nevent: e\ndata: ${data}\n\n`, 'e', data, `${round}/${n}`);
        add(`event:e\ndata:${data}\n\n`, 'e', data);
      }
      // More names than are known at a time; one that a byte can't count, and an id that it can't, before data and between.
      const name = `n${round}`.padEnd(round % 3 === 0 ? 300 : 2, '.');
      const id = 'i'.repeat(round % 7 === 0 ? 256 : 255);
      add(`event: ${name}\ndata: a\n\n`, name, 'a');
      add(`event: ${name}\nid: ${id}\ndata: b\n\n`, name, 'b', id);
      add(`id: ${id}\nevent: ${name}\ndata: c\n\n`, name, 'c', id);
      // An id by itself goes with the next event.
      const others = [`id: own ${round}\n\n`, 'data: d\ndata: é\n\n', ': comment\n\n', 'event: e\r\ndata: x\r\n\r\n'];
      texts.push(others[round % 4]);
      if (round % 4 === 0) last = `own ${round}`;
      if (round % 4 === 1) sent.push(['message', last, 'd\né']);
      if (round % 4 === 3) sent.push(['e', last, 'x']);
      add('data: next\n\n', 'message', 'next');
    }
    const stream = server.stream(`plain-${size}`);
    stream.respond({
      headers: { 'content-type': 'text/event-stream' },
      body: inPieces(Buffer.from(texts.join('')), size),
    });
    const page = worker.page();
    page.attach(`${server.origin('127.0.0.1')}/sse/${stream.name}`, { maxStreamsPerOrigin: 10_000 });
    await page.until('its end', ({ statuses }) => statuses.find(({ status }) => status === 'reconnecting'));
    assert.deepEqual(page.events, sent);
    page.close();
  });
}

function inPieces(bytes, size) {
  if (size > bytes.length) return [bytes];
  const pieces = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
