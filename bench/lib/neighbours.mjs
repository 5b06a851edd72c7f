import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { cpuOf, TICK } from './proc.mjs';

/**
 * From now until the function that it gives is called, as shares of all the machine's CPU time: `steal`, what the
 * hypervisor gave to others while there was work here; `wait`, idle for a disk; `others`, taken by processes that this one
 * did not start. `load` is that of the last minute.
 */
export function neighbours() {
  const before = machine();
  return () => {
    const now = machine();
    const all = now.all - before.all || 1;
    const share = (key) => Math.max(0, Number(((now[key] - before[key]) / all).toFixed(3)));
    return {
      steal: share('steal'),
      wait: share('wait'),
      others: share('others'),
      load: Number(loadavg()[0].toFixed(1)),
    };
  };
}

/** CPU time in ms since the machine started. */
function machine() {
  const [user, nice, system, idle, wait, irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .slice(0, 300)
    .match(/\d+/g)
    .map((ticks) => Number(ticks) * TICK);
  const busy = user + nice + system + irq + softirq;
  return { all: busy + idle + wait + steal, steal, wait, others: busy - cpuOf(process.pid) };
}
