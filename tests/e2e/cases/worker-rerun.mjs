import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { LIMIT, waitFor } from '../driver/wait.mjs';

export const title = 'a worker whose script is run anew on the same ports is joined again, without a repeat or a loss';

/**
 * What WebKit does when the tab that made a worker closes, at the test's word and in every engine: the script that ships
 * runs once more, with a wasm of its own, and is given the ports that there are. Of the run before nothing is left: its
 * connections, timers, locks and channels end, it hears nothing, and what it would say is not sent.
 */
function restartable(script) {
  return `
function run(self, { EventSource, BroadcastChannel, setTimeout, navigator }) {
${script.replaceAll('import.meta.url', 'self.script')}
}
const ports = new Set();
let present;

function begin() {
  const ends = [];
  let isAlive = true;
  const scope = new EventTarget();
  scope.script = import.meta.url;
  scope.close = () => self.close();
  const world = {
    EventSource: class extends EventSource {
      constructor(...given) {
        super(...given);
        ends.push(() => this.close());
      }
    },
    BroadcastChannel: class extends BroadcastChannel {
      constructor(name) {
        super(name);
        ends.push(() => this.close());
      }
    },
    setTimeout(act, wait) {
      return setTimeout(() => isAlive && act(), wait);
    },
    navigator: {
      locks: navigator.locks && {
        async request(name, held) {
          const end = new Promise((resolve) => ends.push(resolve));
          return navigator.locks.request(name, () => isAlive && Promise.race([end, held()]));
        },
      },
    },
  };
  present = {
    connect(port) {
      scope.onconnect({ ports: [{
        postMessage: (message) => isAlive && port.postMessage(message),
        close() {
          if (!isAlive) return;
          ports.delete(port);
          port.close();
        },
        get onmessage() {
          return port.onmessage;
        },
        set onmessage(listener) {
          if (isAlive) port.onmessage = listener;
        },
      }] });
    },
    end() {
      isAlive = false;
      for (const port of ports) port.onmessage = null;
      for (const end of ends) end();
    },
  };
  run(scope, world);
}

onconnect = ({ ports: [port] }) => {
  ports.add(port);
  present.connect(port);
};
begin();
new BroadcastChannel('rerun').onmessage = ({ data }) => {
  if (data === 'end') present.end();
  else {
    begin();
    for (const port of ports) present.connect(port);
  }
};`;
}

/** More often than a worker may die within a minute: this is no death. */
const TIMES = 4;

export async function run(scene) {
  const { stream, server } = scene;
  const script = readFileSync(new URL('../../../pkg/worker.js', import.meta.url), 'utf8');
  server.overrides.set('/tabmux/worker.js', {
    headers: { 'content-type': 'text/javascript' },
    body: restartable(script),
  });
  const tabs = [];
  for (let n = 0; n < 3; n++) tabs.push(await scene.connect(['settle', 'chat', `own-${n}`]));
  await scene.connected(tabs);
  const [first] = tabs;
  const say = (word) =>
    first.eval((data) => {
      const rerun = new BroadcastChannel('rerun');
      rerun.postMessage(data);
      rerun.close();
    }, word);
  const sent = [];
  const push = (event) => {
    const id = String(sent.length + 1);
    sent.push([event, id, `data ${id}`]);
    stream.push({ event, id, data: `data ${id}` });
  };

  for (let n = 0; n < 9; n++) push(n % 3 ? 'chat' : `own-${n / 3}`);
  await scene.settle(tabs);
  const epochs = new Set();
  for (let time = 1; time <= TIMES; time++) {
    epochs.add(await first.eval(async () => (await t.hub.stats()).epoch));
    // Events on their way when it ends, some while there is none, and some for the next run.
    push('chat');
    await say('end');
    await waitFor('the connection ends with its run', () => stream.connections === 0);
    for (let n = 0; n < 6; n++) push(n % 2 ? 'chat' : `own-${n / 2}`);
    await say('begin');
    await waitFor('the next run connects', () => stream.connections === 1 && stream.total === time + 1, {
      limit: LIMIT,
      state: () => ({ total: stream.total, connections: stream.connections }),
    });
    await scene.settle(tabs);
  }
  for (const [n, tab] of tabs.entries()) {
    await scene.received(
      tab,
      sent.filter(([channel]) => channel === 'chat' || channel === `own-${n}`),
    );
    assert.deepEqual(await tab.eval(() => [t.gaps, t.errors, t.hub.status]), [[], [], 'open']);
  }
  // Each subscription is there once, and each run counted from an epoch of its own.
  const { epoch, subscriptions, tabs: joined, connections } = await first.eval(() => t.hub.stats());
  assert.deepEqual({ subscriptions, joined, connections }, { subscriptions: 9, joined: 3, connections: 1 });
  assert.equal(epochs.add(epoch).size, TIMES + 1);
}
