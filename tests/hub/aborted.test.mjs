import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startServer } from '../server/server.mjs';
import { startWorker } from './worker.mjs';

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

test('T-7: what nobody needs any more when the fetch transport has loaded is not asked for', async () => {
  let answer;
  // The request for the module waits until the test lets it go.
  worker.failures.push(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const attach = (name) => {
    const page = worker.page();
    page.attach(`${server.origin('127.0.0.1')}/sse/${name}`, { maxStreamsPerOrigin: 100 });
    return page;
  };
  const page = attach('dropped');
  await waitFor('the module is asked for', () => answer);
  page.say({ t: 'close-everywhere', r: 1 });
  await page.until('the end', ({ closedEverywhere }) => closedEverywhere);
  const other = attach('kept');
  await other.until('connecting', ({ statuses }) => statuses.some(({ status }) => status === 'connecting'));
  answer(worker.file('fetch.wasm'));
  await other.until('open', ({ statuses }) => statuses.some(({ status }) => status === 'open'));
  assert.equal(server.stream('dropped').total, 0);
  page.close();
  other.close();
});
