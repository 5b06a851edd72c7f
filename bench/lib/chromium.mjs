import { chromium } from 'playwright-core';
import { findBinaries } from '../../tests/e2e/driver/binaries.mjs';
import { attach, plainProfile, workersOf } from './cdp.mjs';
import { besideOf, cpuOf, pssOf, threadsCpuOf } from './proc.mjs';
import { idle } from './rest.mjs';

/**
 * Chromium by CDP. Pages of one `profile()` share a worker among them and with nobody else. `cpu()` is the time of
 * all its processes in ms, `memory()` their proportional set size in KB, `beside()` the ids of those that are no page's,
 * `workerCpu()` the time in µs of the threads on which SharedWorkers run.
 */
export async function launchChromium() {
  const server = await chromium.launchServer({
    executablePath: findBinaries('chromium').browser,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--enable-precise-memory-info'],
  });
  const pid = server.process().pid;
  const browser = await chromium.connect(server.wsEndpoint());
  return {
    name: 'chromium',
    version: `Chromium ${browser.version()}`,
    async profile() {
      const context = await browser.newContext();
      return {
        open: (url) => openTab(context, url),
        blank: (count) => blankTabs(context, pid, count),
        /** Ends its SharedWorkers without a word to anybody, as the browser does when it is short of memory. */
        async killSharedWorkers() {
          const session = await browser.newBrowserCDPSession();
          const workers = await workersOf(session, await idOf(context));
          if (workers.length === 0) throw new Error('there is no SharedWorker');
          for (const targetId of workers) await session.send('Target.closeTarget', { targetId });
          await session.detach();
        },
        collectGarbage: () => collectGarbage(browser, context),
        close: () => context.close(),
      };
    },
    /** Tabs of one window, which can be frozen and whose worker's memory can be seen. */
    plainProfile: () => plainProfile(browser),
    cpu: () => cpuOf(pid),
    memory: () => pssOf(pid),
    beside: () => besideOf(pid),
    workerCpu: () => threadsCpuOf(pid, 'SharedWorker'),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function newTab(context) {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`\n${page.url()}: ${error.stack}`));
  return page;
}

async function openTab(context, url) {
  const page = await newTab(context);
  await page.goto(url);
  return page;
}

/**
 * So many tabs that wait for a page, in a browser at rest. A window of Chromium's has pages of its own (those of its address bar), dozens of
 * scripts that are loaded once it is there: until that is done, whatever takes longer takes longer still.
 */
async function blankTabs(context, pid, count) {
  const pages = [];
  for (let n = 0; n < count; n++) pages.push(await newTab(context));
  await idle(() => cpuOf(pid));
  return pages;
}

async function idOf(context) {
  const page = await context.newCDPSession(context.pages()[0]);
  const { targetInfo } = await page.send('Target.getTargetInfo');
  await page.detach();
  return targetInfo.browserContextId;
}

async function collectGarbage(browser, context) {
  const all = await browser.newBrowserCDPSession();
  for (const targetId of await workersOf(all, await idOf(context))) {
    const worker = await attach(all, targetId);
    await worker.send('HeapProfiler.collectGarbage');
    await worker.detach();
  }
  // A window's own pages, of its address bar, are a renderer of 38 MB that falls by 10 at some later time.
  const { targetInfos } = await all.send('Target.getTargets', { filter: [{ type: 'browser_ui' }] });
  for (const { targetId } of targetInfos) {
    const own = await attach(all, targetId);
    await own.send('HeapProfiler.collectGarbage');
    await own.detach();
  }
  await all.detach();
  for (const page of context.pages()) {
    const session = await context.newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    // Caches and free pages of the allocators are no tab's.
    await session.send('Memory.simulatePressureNotification', { level: 'critical' });
    await session.detach();
  }
}
