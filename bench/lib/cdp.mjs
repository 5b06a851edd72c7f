/**
 * Chromium's DevTools protocol by itself, beside playwright: that keeps every page of its own visible, and a visible page
 * can't be frozen.
 */
import { waitFor } from '../../tests/e2e/driver/wait.mjs';

/** As a playwright profile goes, with tabs of one window: the one opened last is visible. */
export async function plainProfile(browser) {
  const session = await browser.newBrowserCDPSession();
  const { browserContextId } = await session.send('Target.createBrowserContext');
  const pages = [];
  return {
    async open(url) {
      const { targetId } = await session.send('Target.createTarget', { url: 'about:blank', browserContextId });
      const target = await attach(session, targetId);
      await target.send('Page.navigate', { url });
      const page = {
        targetId,
        send: target.send,
        evaluate: (fn, arg) => evaluate(target, fn, arg),
        waitForFunction: (fn, arg, limit) => waitFor(`${fn}`, () => evaluate(target, fn, arg), { limit }),
      };
      await page.waitForFunction((wanted) => location.href === wanted && document.readyState === 'complete', url);
      pages.push(page);
      return page;
    },
    /** It has to be hidden: open or show another one. */
    async freeze(page) {
      if ((await page.evaluate(() => document.visibilityState)) !== 'hidden') throw new Error('a visible page');
      await page.send('Page.setWebLifecycleState', { state: 'frozen' });
    },
    thaw: (page) => page.send('Page.setWebLifecycleState', { state: 'active' }),
    show: (page) => session.send('Target.activateTarget', { targetId: page.targetId }),
    /**
     * Bytes of the only SharedWorker after a collection: what is alive on its heap, what V8 keeps beside that (text that came
     * from Blink, and array buffers that are not wasm's), and its wasm's memory.
     */
    async workerMemory() {
      const [targetId] = await workersOf(session, browserContextId);
      return memoryOf(await attach(session, targetId));
    },
    async close() {
      await session.send('Target.disposeBrowserContext', { browserContextId });
      await session.detach();
    },
  };
}

/** The SharedWorkers of a context, by target id. */
export async function workersOf(session, contextId) {
  const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
  const own = targetInfos.filter(({ browserContextId }) => browserContextId === contextId);
  return own.map(({ targetId }) => targetId);
}

/** A session with a target within a session: it is reached only by messages. */
export async function attach(session, targetId) {
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
  const waiting = new Map();
  let last = 0;
  session.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
    const { id, result, error } = JSON.parse(message);
    if (from !== sessionId || !waiting.has(id)) return;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error.message));
    else resolve(result);
  });
  return {
    send: (method, params) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        const message = JSON.stringify({ id, method, params });
        session.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
      }),
    detach: () => session.send('Target.detachFromTarget', { sessionId }),
  };
}

async function evaluate({ send }, fn, arg) {
  const expression = `(${fn})(${JSON.stringify(arg) ?? ''})`;
  const { result, exceptionDetails } = await send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
  return result.value;
}

async function memoryOf({ send, detach }) {
  await send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize } = await send('Runtime.getHeapUsage');
  const { result } = await send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype' });
  const { objects } = await send('Runtime.queryObjects', { prototypeObjectId: result.objectId });
  const { result: sizes } = await send('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    functionDeclaration: 'function () { return this.map(({ buffer }) => buffer.byteLength); }',
    returnByValue: true,
  });
  await detach();
  return {
    heap: usedSize,
    text: backingStorageSize,

    wasm: sizes.value.reduce((sum, each) => sum + each, 0),
  };
}
