import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startWorker } from './worker.mjs';

let worker;
after(() => worker?.end());

test('D-12: the hub starts in a task of its own, since an event that is being dispatched can’t be dispatched again', async (t) => {
  const { compileStreaming } = WebAssembly;
  let compiled;
  const asked = new Promise((resolve) => {
    t.mock.method(WebAssembly, 'compileStreaming', async (response) => {
      const module = await compileStreaming(response);
      return new Promise((settle) => {
        compiled = () => settle(module);
        resolve();
      });
    });
  });
  worker = await startWorker('http://app.test');
  const { onconnect } = globalThis;
  let isDispatched = false;
  const kept = new Promise((resolve) => {
    globalThis.onconnect = ({ ports }) => {
      onconnect({ ports });
      const [port] = ports;
      const { dispatchEvent, onmessage } = port;
      port.onmessage = (event) => {
        onmessage(event);
        resolve();
      };
      port.dispatchEvent = (event) => {
        if (isDispatched) throw new DOMException('The event is being dispatched', 'InvalidStateError');
        return dispatchEvent.call(port, event);
      };
    };
  });
  const page = worker.page();
  await Promise.all([asked, kept]);
  // As in WebKit: the promise settles behind a listener, before the dispatch is over.
  isDispatched = true;
  compiled();
  for (let turn = 0; turn < 100; turn++) await undefined;
  isDispatched = false;
  page.say({ t: 'close-everywhere', r: 1 });
  await page.until('an answer', ({ closedEverywhere, errors }) => closedEverywhere || errors.length);
  assert.deepEqual(page.errors, []);
});
