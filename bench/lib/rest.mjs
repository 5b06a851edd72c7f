import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../tests/e2e/driver/wait.mjs';

const WITHIN = 100;
const COST = 10;
const LIMIT = 10_000;

/**
 * Waits until a browser takes no more than 10 ms of CPU in 100 ms: what was closed is gone by then. Gives false where that
 * takes longer than ten seconds.
 */
export async function atRest(browser) {
  const end = performance.now() + LIMIT;
  while (performance.now() < end) {
    const before = browser.cpu();
    await delay(WITHIN);
    if (browser.cpu() - before <= COST) return true;
  }
  return false;
}

/** What tabs are opened for that wait: a longer look, since what a browser loads for itself then comes in pieces. */
const REST = { within: 250, cpu: 30 };

/** Waits until no more CPU is taken in so many ms; `cpu()` in ms. Throws where that takes longer than twenty seconds. */
export async function idle(cpu) {
  let cost;
  await waitFor(
    'a browser at rest',
    async () => {
      const before = cpu();
      await delay(REST.within);
      cost = cpu() - before;
      return cost <= REST.cpu;
    },
    { limit: 20_000, state: () => `${cost} ms` },
  );
}
