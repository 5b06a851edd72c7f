import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { connect } from '../../js/connect.js';
import type { Hub } from '../../js/hub.js';
import type { Link } from '../../js/link.js';
import { SLEEP, type Sleep, type SleepEvent, TIE, type Tie, type TieEvent } from '../../js/states.js';
import {
  allReady,
  type FakePort,
  type FakeWorker,
  fakeDocument,
  locks,
  page,
  settle,
  stopClock,
  tick,
  transition,
  welcome,
  workers,
} from './page.js';

// A page is brought into each state, each event is made to happen there, and what came of it has to be what the tables say
// and what `states.txt` says: a change of it is to be seen in a diff. `TABMUX_BLESS=1 npm test -- --only js` writes it anew.
// What a state or event is to a test stands in a `Record`: one without does not compile.
stopClock();
const GOLDEN = new URL('../../tests/js/states.txt', import.meta.url);
const lines: string[] = [];
let count = 0;

interface Scene {
  hub: Hub;
  link: Link;
  lock: string;
  /** The one of the worker that was asked for last. */
  port: FakePort;
}

/** Asked for, and not a word of its script. */
async function start(): Promise<Scene> {
  page.silent = true;
  const hub = connect('/s', { workerUrl: `/${++count}/worker.js` }) as unknown as Hub;
  hub.addEventListener('error', (event) => (event as CustomEvent).detail);
  hub.subscribe('a', () => {}).ready.catch(() => {});
  await settle();
  const link = hub.stream?.link as Link;
  return { hub, link, lock: `worker:${count}`, port: lastPort() };
}

const lastPort = () => (workers.at(-1) as FakeWorker).port;

async function join(): Promise<Scene> {
  const scene = await start();
  scene.port.say({ t: 'connected' });
  allReady(await welcome({ lock: scene.lock }));
  return scene;
}

/** The next death is one too many. */
function haveDied({ link }: Scene): void {
  if (link.life) link.life.deaths = [Date.now(), Date.now()];
}

const TIES: Record<Tie, () => Promise<Scene>> = {
  starting: start,
  greeted: async () => {
    const scene = await join();
    scene.port.say({ t: 'rejoin' });
    await settle();
    scene.port = lastPort();
    scene.port.say({ t: 'connected' });
    return scene;
  },
  ready: join,
  ending: async () => {
    const scene = await join();
    haveDied(scene);
    locks.free(scene.lock);
    await settle();
    return scene;
  },
  away: async () => {
    const scene = await join();
    transition('pagehide', true);
    return scene;
  },
  down: async () => {
    const scene = await join();
    scene.port.say({ t: 'refused', v: 9, build: 'other' });
    await settle();
    return scene;
  },
};

/** Another tab says where its worker is. Whoever looks for one listens. */
async function tell({ link }: Scene, gen: number): Promise<void> {
  const others = new BroadcastChannel('tabmux');
  const of = `${import.meta.url} ${link.life?.base}`;
  others.postMessage({ t: 'here', gen, url: link.life?.base, name: `tabmux:${gen}`, epoch: 8, of });
  await settle();
  others.close();
}

/** A worker that has said that it dies is given time to end: until its lock is free, or for a moment. */
const given = ({ link }: Scene) => tick({ ready: 1000, greeted: 200 }[link.life?.tie as string] ?? 0);

/** Long enough for one look at the clock, where it is no end. */
const look = ({ link }: Scene) => (link.life?.tie === 'ending' ? undefined : tick(1100));

const TIE_EVENTS: Record<TieEvent, (scene: Scene) => unknown> = {
  connected: ({ port, link }) => (port.onmessage ? port : link.life?.old[0])?.onmessage?.({ data: { t: 'connected' } }),
  welcome: ({ port }) => {
    port.say({ t: 'welcome', v: 3, build: 'test', epoch: 9, gen: 0, href: 'http://app.test/worker.js' });
  },
  late: (scene) => (scene.link.life?.tie === 'ending' ? undefined : tick(4000)),
  found: async (scene) => {
    // A script that is slow to speak is looked for elsewhere as well; by then it is asked for anew.
    await look(scene);
    await tell(scene, scene.link.gen);
  },
  succeeded: async (scene) => {
    await look(scene);
    await tell(scene, scene.link.gen + 1);
  },
  'move-to': ({ port }) => port.say({ t: 'move-to', url: '/next.js', name: 'tabmux:1', gen: 1, state: '' }),
  died: async (scene) => {
    scene.port.say({ t: 'died', detail: 'unreachable' });
    await given(scene);
  },
  'died-again': async (scene) => {
    haveDied(scene);
    scene.port.say({ t: 'died', detail: '' });
    await given(scene);
    locks.free(scene.lock);
    await settle();
  },
  ended: async (scene) => {
    if (scene.link.life?.tie === 'ending') return tick(1100);
    haveDied(scene);
    scene.port.say({ t: 'died', detail: 'unreachable' });
    await given(scene);
  },
  error: () => (workers.at(-1) as FakeWorker).onerror?.(),
  refused: ({ port }) => port.say({ t: 'refused', v: 9, build: 'other' }),
  hide: () => transition('pagehide', true),
  show: () => transition('pageshow', true),
  rejoin: ({ port }) => port.say({ t: 'rejoin' }),
  revive: ({ hub }) => hub.reconnect(),
};

/** Whatever it was, it asks for nothing more. */
async function put(): Promise<void> {
  transition('pageshow', true);
  await settle();
  lastPort().say({ t: 'refused', v: 9, build: 'other' });
  await settle();
}

for (const tie of Object.keys(TIES) as Tie[])
  for (const event of Object.keys(TIE_EVENTS) as TieEvent[])
    test(`the tie: ${tie}, ${event}`, async (t) => {
      t.mock.method(console, 'error', () => {});
      const scene = await TIES[tie]();
      const { link, hub } = scene;
      assert.equal(link.life?.tie, tie);
      const before = link.port;
      await TIE_EVENTS[event](scene);
      await settle();
      const now = link.life?.tie;
      const port = !link.port ? 'no port' : link.port === before ? 'same port' : 'fresh port';
      lines.push(`${tie.padEnd(9)} ${event.padEnd(11)} ${now === tie ? '-' : now}, ${port}, ${hub.status}`);
      assert.equal(now, TIE[tie][event]?.[0] ?? tie);
      await put();
    });

const SLEEPS: Record<Sleep, () => Promise<Scene>> = {
  awake: async () => {
    const scene = await join();
    scene.port.hangs = true;
    return scene;
  },
  asleep: async () => {
    const scene = await SLEEPS.awake();
    SLEEP_EVENTS.sleep(scene);
    return scene;
  },
  asking: async () => {
    const scene = await SLEEPS.asleep();
    SLEEP_EVENTS.look(scene);
    return scene;
  },
};

const SLEEP_EVENTS: Record<SleepEvent, (scene: Scene) => unknown> = {
  sleep: () => fakeDocument.dispatchEvent(new Event('freeze')),
  look: ({ port }) => port.say({ t: 'ping' }),
  told: ({ port }) => port.say({ t: 'ended', session: 1 }),
  leave: ({ port }) => port.say({ t: 'rejoin' }),
};

for (const sleep of Object.keys(SLEEPS) as Sleep[])
  for (const event of Object.keys(SLEEP_EVENTS) as SleepEvent[])
    test(`sleep: ${sleep}, ${event}`, async (t) => {
      t.mock.method(console, 'error', () => {});
      const scene = await SLEEPS[sleep]();
      assert.equal(scene.link.life?.sleep, sleep);
      SLEEP_EVENTS[event](scene);
      await settle();
      const now = scene.link.life?.sleep as Sleep;
      const isAsked = scene.port.of('ping').length > 0 ? 'asked' : 'not asked';
      lines.push(`${sleep.padEnd(9)} ${event.padEnd(11)} ${now === sleep ? '-' : now}, ${isAsked}`);
      assert.equal(now, SLEEP[sleep][event] ?? sleep);
      await put();
    });

test('the tables are those that were agreed', () => {
  const text = `${lines.join('\n')}\n`;
  if (process.env.TABMUX_BLESS) writeFileSync(GOLDEN, text);
  assert.equal(text, readFileSync(GOLDEN, 'utf8'));
});
