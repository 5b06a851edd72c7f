import assert from 'node:assert/strict';
import { Bursts, LEAST } from '../circle.mjs';

export const title =
  'a frozen tab that hears a BroadcastChannel of a stream delays nobody, and catches up when it thaws';
/** The other drivers can't freeze a tab. */
export const browsers = ['chromium'];

export async function run(scene) {
  const bursts = new Bursts(scene);
  for (let n = 0; n < LEAST; n++) await bursts.open();
  // What it has not had by then is not dropped: that is another case's.
  const frozen = await bursts.open({ buffer: { events: 1_000_000, bytes: 500_000_000 } });
  const others = [...bursts.tabs.keys()].filter((tab) => tab !== frozen);
  await scene.connected([...bursts.tabs.keys()]);
  await bursts.onAir();
  const from = bursts.tabs.get(frozen);
  const { units, open } = await frozen.eval(() => t.air);
  assert.equal(open, 1);
  bursts.forget(frozen);
  await frozen.freeze(others[0]);
  // More than it may have heard; then the others get a channel without it.
  await bursts.onAir();
  await bursts.during(() =>
    others[0].waitFor('more than 4 Mi units', (units) => t.events.length * 200 > units, bursts.sent * 200 + (5 << 20)),
  );
  await bursts.received();
  await bursts.onAir();
  await frozen.thaw();
  bursts.tabs.set(frozen, from);
  await bursts.received();
  const after = await frozen.eval(() => t.air);
  // 4 Mi units of data, with their ids.
  assert.ok(after.units - units <= 4.5 * 2 ** 20, `${after.units - units} units heard`);
  await bursts.onAir();
}
