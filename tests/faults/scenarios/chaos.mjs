/** Many faults, one upon the other, in an order that a seed gives: the same for everyone. */
const STEPS = 30;

export const chaos = [1, 2, 3].map((seed) => ({
  name: `chaos-${seed}`,
  title: `${STEPS} faults of all kinds at random (seed ${seed})`,
  async run(scene) {
    const random = generator(seed);
    const pick = (list) => list[Math.floor(random() * list.length)];
    let left = scene.browser.name === 'chromium' ? STEPS : STEPS / 2;
    const kinds = Object.values(FAULTS);
    while (left-- > 0) {
      await pick(kinds)(scene, pick);
      await scene.more(10 + Math.floor(random() * 40));
    }
    scene.proxy.flow('pass');
    scene.stream.respond(null);
    await thaw(scene);
    await scene.back(1000);
    await scene.more(40);
  },
}));

/** Each begins something and does not wait for it to be over. */
const FAULTS = {
  cut: (scene) => scene.proxy.cut(),
  reset: (scene) => scene.proxy.reset(),
  breakEvent: (scene) => scene.proxy.resetMidEvent(),
  stall: (scene) => scene.proxy.flow('hold'),
  drip: (scene) => scene.proxy.flow('drip'),
  pass: (scene) => scene.proxy.flow('pass'),
  refuse: (scene) => {
    scene.stream.respond({ status: 503 });
    scene.proxy.cut();
  },
  accept: (scene) => scene.stream.respond(null),
  garbage: (scene) => {
    scene.proxy.garbage(1);
    scene.proxy.cut();
  },
  /** Twice at most: the third death within a minute is meant to be final. */
  kill: async (scene) => {
    if (!scene.hasWorker || scene.kills === 2 || scene.host !== 'localhost') return;
    scene.kills = (scene.kills ?? 0) + 1;
    await scene.killWorker();
  },
  swap: async (scene, pick) => {
    const seat = pick(scene.seats.filter((each) => each !== scene.frozen));
    await calm(scene);
    await scene.leave(seat, (tab) => tab.close());
    await scene.open(seat.names);
  },
  reload: async (scene, pick) => {
    await calm(scene);
    await scene.reload(pick(scene.seats.filter((each) => each !== scene.frozen)));
  },
  freeze: async (scene, pick) => {
    if (scene.browser.name !== 'chromium') return;
    if (scene.frozen) return thaw(scene);
    scene.frozen = pick(scene.seats);
    await scene.browser.cdp('Page.setWebLifecycleState', { state: 'frozen' }, scene.frozen.tab);
  },
};

/** A tab that comes while the server can't be reached has nothing due until it is: that would be another test. */
async function calm(scene) {
  scene.proxy.flow('pass');
  scene.stream.respond(null);
  await scene.until(() => scene.stream.connections > 0);
}

async function thaw(scene) {
  const { frozen } = scene;
  scene.frozen = undefined;
  if (frozen) await scene.browser.cdp('Page.setWebLifecycleState', { state: 'active' }, frozen.tab);
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
