/** What becomes of tabs, and of the worker that serves them. */
export const tabs = [
  {
    name: 'worker-killed',
    title: 'worker killed',
    needsWorker: true,
    isQuick: true,
    async run(scene) {
      // The third within a minute is meant to be final. On plain http each takes a third of a minute to be found.
      const deaths = scene.host === 'localhost' ? 2 : 1;
      for (let n = 0; n < deaths; n++) {
        await scene.more(80);
        await scene.lose(() => scene.killWorker());
        await scene.back(scene.host === 'localhost' ? 12_000 : 45_000);
      }
      await scene.more(80);
    },
  },
  {
    name: 'reload',
    title: 'tabs reloaded',
    async run(scene) {
      for (const seat of scene.seats.slice(1, 3)) {
        await scene.more(40);
        await scene.reload(seat);
      }
      await scene.more(60);
    },
  },
  {
    name: 'first-closed',
    title: 'first tab closed',
    isQuick: true,
    async run(scene) {
      await scene.more(60);
      await scene.leave(scene.seats[0], (tab) => tab.close());
      await scene.more(100);
    },
  },
  {
    name: 'first-crashed',
    title: 'first tab crashed',
    browsers: ['chromium'],
    async run(scene) {
      await scene.more(60);
      // The worker was in the process that crashed. On plain http it is missed by a visible tab's pings, within 30 s.
      await scene.lose(() => scene.leave(scene.seats[0], (tab) => tab.crash()));
      await scene.seats[0].tab.show();
      await scene.back(scene.host === 'localhost' ? undefined : 45_000);
      await scene.more(100);
    },
  },
  {
    name: 'late',
    title: 'a tab comes later, with channels of its own',
    isQuick: true,
    async run(scene) {
      await scene.more(40);
      await scene.open(['news', 'only-late']);
      await scene.more(60);
    },
  },
  {
    name: 'frozen',
    title: 'a tab frozen for a while',
    browsers: ['chromium'],
    run: (scene) => frozen(scene, 400),
  },
  {
    name: 'frozen-long',
    title: 'a tab frozen for longer than its queue is',
    browsers: ['chromium'],
    options: { buffer: { events: 100 } },
    run: (scene) => frozen(scene, 2000),
  },
  {
    name: 'remount',
    title: 'closed at once and made again, as React does in development; then the first tab closed',
    options: { isMountedTwice: true },
    async run(scene) {
      await scene.more(60);
      await scene.leave(scene.seats[0], (tab) => tab.close());
      await scene.more(100);
    },
  },
  {
    name: 'same',
    title: 'events with the same data, one after the other, and a cut',
    names: () => ['same', 'news'],
    async run(scene) {
      await scene.more(60);
      await scene.lose(() => scene.proxy.cut());
      await scene.back();
      await scene.more(60);
    },
  },
  {
    name: 'two-urls',
    title: 'two URLs with channels of the same names, each in two tabs, and a cut',
    options: { streams: 2 },
    names: (n) => ['news', `own-${n >> 1}`],
    async run(scene) {
      await scene.more(60);
      await scene.lose(() => scene.proxy.cut());
      await scene.back();
      await scene.more(60);
    },
  },
  {
    name: 'names',
    title: 'channels named open, error, close, __proto__',
    needsNames: true,
    names: (n) =>
      [
        ['open', 'error'],
        ['close', '__proto__'],
        ['message', 'error'],
        ['constructor', '__proto__'],
      ][n],
    run: async (scene) => {
      await scene.more(100);
      await scene.lose(() => scene.proxy.cut());
      await scene.back();
      await scene.more(60);
    },
  },
];

async function frozen(scene, events) {
  await scene.more(40);
  const [, { tab }] = scene.seats;
  await scene.browser.cdp('Page.setWebLifecycleState', { state: 'frozen' }, tab);
  scene.pump.faster(5);
  await scene.more(events);
  scene.pump.faster(1);
  await scene.browser.cdp('Page.setWebLifecycleState', { state: 'active' }, tab);
  await scene.more(40);
}
