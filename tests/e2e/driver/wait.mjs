import { setTimeout as delay } from 'node:timers/promises';

/** How long a condition may take. Generous, since a loaded machine is slow and a passing test never waits for it. */
export const LIMIT = 20_000;

/**
 * Ask `condition` until it gives something truthy, and give that. Fails with `what` and the last thing seen when the
 * limit has passed. `state` tells what to show in that message.
 */
export async function waitFor(what, condition, { limit = LIMIT, every = 25, state = () => undefined } = {}) {
  const end = performance.now() + limit;
  let value;
  for (;;) {
    value = await condition();
    if (value) return value;
    if (performance.now() > end) break;
    await delay(every);
  }
  const seen = (await state()) ?? value;
  throw new Error(`not within ${limit} ms: ${what}; last seen: ${JSON.stringify(seen)}`);
}
