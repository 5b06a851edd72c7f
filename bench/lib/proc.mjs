/** What the kernel says of a process with all that it started (Linux: /proc). */
import { readdirSync, readFileSync } from 'node:fs';

/** ms of a clock tick: 100 a second on every Linux that Node runs on. */
export const TICK = 10;

/** CPU time in ms, children that ended included. */
export function cpuOf(root) {
  let ticks = 0;
  for (const pid of tree(root)) {
    const stat = statOf(pid);
    if (stat) for (const field of [11, 12, 13, 14]) ticks += Number(stat[field]);
  }
  return ticks * TICK;
}

/** Proportional set size in KB: a page that two processes share counts half in each. */
export function pssOf(root) {
  let kb = 0;
  for (const pid of tree(root)) {
    kb += Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1] ?? 0);
  }
  return kb;
}

/** Of a Chromium, its processes that are no page's: their ids. */
export function besideOf(root) {
  return tree(root).filter((pid) => !read(`/proc/${pid}/cmdline`)?.includes('--type=renderer'));
}

/** CPU time in µs of the threads whose name begins so; the scheduler counts in ns. */
export function threadsCpuOf(root, name) {
  let ns = 0;
  for (const pid of tree(root)) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const folder = `/proc/${pid}/task/${thread}`;
      if (read(`${folder}/comm`)?.startsWith(name)) ns += Number(read(`${folder}/schedstat`)?.split(' ')[0] ?? 0);
    }
  }
  return ns / 1000;
}

function tree(root) {
  const children = new Map();
  for (const name of list('/proc')) {
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
  const text = read(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Undefined where it has ended meanwhile. */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
