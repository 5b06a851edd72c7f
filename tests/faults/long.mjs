import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { add, isBroken, nothing } from './judge.mjs';

const TABS = 8;
const SECOND = 1000;
const KILL_EVERY = 20 * SECOND;
/** A tab goes and another one comes about so often. */
const CHANGE_EVERY = 3 * SECOND;
/** Events/s, in the pump's unit of 200. */
const RATE = 40;

/** Events that the server holds for those that come back: more than ten seconds of them. */
const LOG = 100_000;

/**
 * One stream under load for minutes: tabs come and go at random, the worker is killed every 20 s. What each tab was handed
 * is judged as in the scenarios. The application's part is that of the adapter: `reconnect()` after `worker-died`.
 */
export async function runLong(rig, { events, log }) {
  const scene = rig.scene({ name: 'long' }, 'tabmux', 'localhost');
  const { pump, stream } = scene;
  stream.logSize = LOG;
  const began = performance.now();
  const heap = [];
  let deaths = 0;
  let opened = TABS;
  try {
    for (let n = 0; n < TABS; n++) await scene.open(['a', 'b']);
    await scene.warm();
    pump.faster(RATE);
    pump.start();
    pump.send(events);
    let change = performance.now() + CHANGE_EVERY;
    let kill = performance.now() + KILL_EVERY;
    let sample = 0;
    while (!pump.isDone) {
      await delay(50);
      const now = performance.now();
      if (now >= kill) {
        kill = now + KILL_EVERY;
        deaths += await rig.browser.killSharedWorkers();
      }
      if (now >= change) {
        change = now + 2 * Math.random() * CHANGE_EVERY;
        const seat = scene.seats[Math.floor(Math.random() * TABS)];
        await scene.leave(seat, (tab) => tab.close());
        await scene.open(['a', 'b']);
        opened += 1;
      }
      if (pump.total >= sample) {
        sample += events / 10;
        heap.push(await memory(rig, scene));
        const { tab, browser } = heap.at(-1);
        log(
          `${Math.round((performance.now() - began) / SECOND)} s: ${pump.total} events sent, worker killed ${deaths} ` +
            `times, ${opened} tabs opened; heap of the oldest tab ${tab.toFixed(1)} MB, browser ${browser.toFixed(0)} MB`,
        );
      }
    }
    pump.stop();
    await scene.settle(60 * SECOND);
    await scene.judgeAll();
  } finally {
    await rig.end(scene);
  }
  const verdict = add(nothing(), scene.verdict);
  return {
    ...verdict,
    isBroken: isBroken({ ...verdict, corrupt: scene.corrupt }),
    corrupt: scene.corrupt,
    events: pump.total,
    tabs: TABS,
    opened,
    deaths,
    seconds: Math.round((performance.now() - began) / SECOND),
    heap,
    requests: stream.total,
    causes: causes(scene.records),
    errors: [...new Set(scene.records.flatMap(({ errors }) => errors))],
  };
}

/** MB: what the oldest tab's page holds after a collection, and what all processes of the browser have in memory. */
async function memory(rig, { seats }) {
  const [{ tab }] = seats;
  await rig.browser.cdp('HeapProfiler.collectGarbage', {}, tab);
  const { usedSize } = await rig.browser.cdp('Runtime.getHeapUsage', {}, tab);
  return { tab: usedSize / 1e6, browser: residentSize(rig.browser.pid) / 1e6 };
}

/** Bytes that a process and all below it hold, shared ones in proportion. */
function residentSize(root) {
  const children = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = /^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const of = (pid) => {
    const own = Number(/^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
    return (children.get(pid) ?? []).reduce((sum, child) => sum + of(child), own);
  };
  return of(String(root));
}

/** '' for a process that has gone meanwhile. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** How many gaps were told, by their cause. */
function causes(records) {
  const counts = {};
  for (const { channels } of records) {
    for (const [, items] of channels) {
      for (const [kind, , cause] of items) if (kind === 'gap') counts[cause] = (counts[cause] ?? 0) + 1;
    }
  }
  return counts;
}
