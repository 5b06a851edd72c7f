/** What networks do to a connection. */
export const network = [
  {
    name: 'calm',
    title: 'nothing happens',
    isQuick: true,
    run: (scene) => scene.more(200),
  },
  {
    name: 'cut',
    title: 'connection cut (FIN), three times',
    isQuick: true,
    run: (scene) => threeTimes(scene, () => scene.proxy.cut()),
  },
  {
    name: 'reset',
    title: 'connection reset (RST) in the middle of an event, three times',
    isQuick: true,
    // Its EventSource joins the half line with the first one of the next response, and dispatches that (2.50).
    knownOf: { webkit: 'corrupt' },
    run: (scene) =>
      threeTimes(scene, async () => {
        scene.proxy.resetMidEvent();
        await scene.more(10);
      }),
  },
  {
    name: 'stall',
    title: 'stalled, then goes on',
    async run(scene) {
      await scene.more(40);
      scene.proxy.flow('hold');
      await scene.more(300);
      scene.proxy.flow('pass');
      await scene.more(40);
    },
  },
  {
    name: 'stall-cut',
    title: 'stalled, then cut',
    isQuick: true,
    async run(scene) {
      await scene.more(40);
      scene.proxy.flow('hold');
      await scene.more(100);
      await scene.lose(() => scene.proxy.cut());
      scene.proxy.flow('pass');
      await scene.back();
      await scene.more(40);
    },
  },
  {
    name: 'half-open',
    title: 'half-open: the server is gone and nobody says so',
    options: { heartbeat: { event: 'beat', timeout: 2000 } },
    async run(scene) {
      await scene.more(120);
      await scene.lose(() => scene.proxy.halfOpen());
      await scene.back(12_000);
      await scene.more(40);
    },
  },
  {
    name: 'drip',
    title: 'byte by byte',
    async run(scene) {
      await scene.more(20);
      scene.proxy.flow('drip');
      await scene.more(100);
      scene.proxy.flow('pass');
      await scene.more(40);
    },
  },
  {
    name: 'drip-cut',
    title: 'byte by byte, then reset',
    async run(scene) {
      await scene.more(20);
      scene.proxy.flow('drip');
      await scene.more(100);
      await scene.lose(() => scene.proxy.reset());
      await scene.back();
      scene.proxy.flow('pass');
      await scene.more(40);
    },
  },
];

async function threeTimes(scene, fault) {
  for (let n = 0; n < 3; n++) {
    await scene.more(60);
    await scene.lose(fault);
    await scene.back();
  }
  await scene.more(40);
}
