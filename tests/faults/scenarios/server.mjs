/** What a server, or what stands before it, answers instead of the stream. */
export const server = [
  {
    name: '503',
    title: '503 for a while',
    isQuick: true,
    run: (scene) => refusing(scene, { status: 503, headers: { 'retry-after': '1' } }),
  },
  {
    name: 'outage',
    title: 'away for 5,000 events, which come all at once then',
    async run(scene) {
      await scene.more(40);
      await scene.answering({ status: 503 }, async () => {
        scene.pump.faster(50);
        await scene.more(5000);
        scene.pump.faster(1);
      });
      await scene.back();
      await scene.more(40);
    },
  },
  {
    name: '401',
    title: '401, then signed in again',
    run: (scene) => refusing(scene, { status: 401 }),
  },
  {
    name: '204',
    title: '204, then events again',
    run: (scene) => refusing(scene, { status: 204 }),
  },
  {
    name: 'content-type',
    title: 'a page instead of the stream',
    run: (scene) => refusing(scene, { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Maintenance' }),
  },
  {
    name: 'redirect',
    title: 'redirected, cut, and redirected again',
    async run(scene) {
      const redirect = ({ url, query }) =>
        query.hop ? null : { status: 307, headers: { location: `${url}${url.includes('?') ? '&' : '?'}hop=1` } };
      await scene.more(40);
      await scene.answering(redirect, async () => {
        for (let n = 0; n < 2; n++) {
          await scene.back();
          await scene.more(40);
          await scene.lose(() => scene.proxy.cut());
        }
        await scene.back();
      });
      await scene.more(40);
    },
  },
  {
    name: 'garbage',
    title: 'garbage on the port',
    async run(scene) {
      await scene.more(40);
      scene.proxy.garbage(3);
      await scene.lose(() => scene.proxy.cut());
      await scene.back();
      await scene.more(40);
    },
  },
  {
    name: 'restart',
    title: 'server restarted, with its history',
    isQuick: true,
    async run(scene) {
      await scene.more(60);
      await restart(scene, () => undefined);
    },
  },
  {
    name: 'restart-forgetful',
    title: 'server restarted, without its history, and says so',
    isQuick: true,
    options: { lostEvent: 'lost' },
    async run(scene) {
      await scene.more(60);
      await restart(scene, () => scene.pump.reboot());
    },
  },
  {
    name: 'no-ids',
    title: 'connection cut, of a stream without ids',
    options: { hasIds: false },
    async run(scene) {
      for (let n = 0; n < 2; n++) {
        await scene.more(60);
        await scene.lose(() => scene.proxy.cut());
        await scene.back();
      }
      await scene.more(40);
    },
  },
];

async function refusing(scene, answer) {
  await scene.more(40);
  await scene.answering(answer, async () => {
    await scene.refused(2);
    await scene.more(40);
  });
  await scene.back();
  await scene.more(60);
}

async function restart(scene, meanwhile) {
  await scene.lose(() => scene.proxy.close());
  await scene.more(80);
  meanwhile();
  await scene.proxy.listen();
  await scene.back();
  await scene.more(60);
}
