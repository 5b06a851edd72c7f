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

function inPieces(bytes, size) {
  if (size > bytes.length) return [bytes];
  const pieces = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
