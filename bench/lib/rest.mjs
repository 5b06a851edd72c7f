import { setTimeout as delay } from 'node:timers/promises';

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
