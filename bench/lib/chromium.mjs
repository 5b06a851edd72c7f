import { readdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { findBinaries } from '../../tests/e2e/driver/binaries.mjs';

/** Clock ticks of /proc a second: 100 on every Linux that Node runs on. */
const TICK = 10;

/**
 * Chromium by CDP. Pages of one `profile()` share a worker among them and with nobody else. `cpu()` is the time of
 * all its processes in ms, `memory()` their proportional set size in KB.
 */
export async function launchChromium() {
  const server = await chromium.launchServer({
    executablePath: findBinaries('chromium').browser,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--enable-precise-memory-info'],
  });
  const pid = server.process().pid;
  const browser = await chromium.connect(server.wsEndpoint());
  return {
    version: `Chromium ${browser.version()}`,
    pid,
    async profile() {
      const context = await browser.newContext();
      return { open: (url) => openTab(context, url), context, close: () => context.close() };
    },
    browser,
    /** Ends the SharedWorkers of a profile without a word to anybody, as the browser does when it is short of memory. */
    async killSharedWorkers({ context }) {
      const session = await browser.newBrowserCDPSession();
      const page = await context.newCDPSession(context.pages()[0]);
      const { targetInfo } = await page.send('Target.getTargetInfo');
      const { targetInfos } = await session.send('Target.getTargets', { filter: [{ type: 'shared_worker' }] });
      const own = targetInfos.filter(({ browserContextId }) => browserContextId === targetInfo.browserContextId);
      if (own.length === 0) throw new Error('there is no SharedWorker to end');
      for (const { targetId } of own) await session.send('Target.closeTarget', { targetId });
      await session.detach();
    },
    cpu: () => cpuOf(tree(pid)),
    memory: () => pssOf(tree(pid)),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function openTab(context, url) {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`\n${url}: ${error.stack}`));
  await page.goto(url);
  return page;
}

/** A process with all that it started. */
function tree(root) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) && statOf(name);
    if (!stat) continue;
    const parent = Number(stat[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [root];
  for (const pid of all) all.push(...(children.get(pid) ?? []));
  return all;
}

/** The fields of /proc/PID/stat after the name; undefined where the process is gone. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** CPU time in ms, children that ended included. */
function cpuOf(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const stat = statOf(pid);
    if (stat) for (const field of [11, 12, 13, 14]) ticks += Number(stat[field]);
  }
  return ticks * TICK;
}

/** Proportional set size in KB. */
function pssOf(pids) {
  let kb = 0;
  for (const pid of pids) {
    try {
      kb += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It has ended meanwhile.
    }
  }
  return kb;
}
