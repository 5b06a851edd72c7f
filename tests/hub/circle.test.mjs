import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { waitFor } from '../e2e/driver/wait.mjs';
import { startWorker } from './worker.mjs';

const ORIGIN = 'http://app.test';
const sources = new Map();

/** The browser's; what the server does is the test's. */
globalThis.EventSource = class extends EventTarget {
  readyState = 0;

  constructor(url) {
    super();
    sources.set(url, this);
    setImmediate(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
    });
  }

  close() {
    this.readyState = 2;
  }
};

let worker;
before(async () => {
  worker = await startWorker(ORIGIN);
});
after(() => worker?.end());

/** More than two runs' worth of data. */
const BURST = 750;
/** Tabs from which on there is a circle (`src/worker.rs`). */
const LEAST = 6;
const DATA = 'x'.repeat(400);
let count = 0;

/** So many pages on a stream of its own. */
async function open(tabs) {
  const url = `${ORIGIN}/circle${++count}`;
  const pages = Array.from({ length: tabs }, () => worker.page());
  for (const page of pages) page.attach(url, { transport: 'eventsource', maxStreamsPerOrigin: 1000 }, ['a']);
  for (const page of pages)
    await page.until('open', ({ statuses, said }) => said.includes('attached') && statuses.at(-1)?.status === 'open');
  return new Scene(url, pages);
}

class Scene {
  sent = [];

  constructor(url, pages) {
    this.url = url;
    this.pages = pages;
    this.source = sources.get(url);
  }

  /** All in one turn, as a browser dispatches what has come in one piece: no acknowledgement is heard meanwhile. */
  burst() {
    for (let n = 0; n < BURST; n++) {
      const event = ['a', `${this.sent.length}`, DATA];
      this.sent.push(event);
      this.source.dispatchEvent(new MessageEvent('a', { lastEventId: event[1], data: DATA }));
    }
  }

  async received(pages = this.pages) {
    for (const page of pages) {
      await page.until('all events', ({ events }) => events.length >= this.sent.length);
      assert.deepEqual(page.events, this.sent);
      assert.deepEqual([page.gaps, page.errors], [[], []]);
    }
  }

  /** Bursts until all of `pages` have been named a run, which takes a few. */
  async formed(pages = this.pages) {
    for (let time = 0; time < 20; time++) {
      this.burst();
      await this.received();
      if (pages.every(({ named }) => named.length)) return;
    }
    assert.fail(`not named: ${JSON.stringify(pages.map(({ named, invited }) => [named, invited]))}`);
  }

  close() {
    for (const page of this.pages) page.close();
  }
}

test('D-13: six tabs are invited by a burst, say their keys, and hear each run once, which each is named', async () => {
  const scene = await open(LEAST);
  const { pages } = scene;
  const before = worker.channels;
  await scene.formed();
  const [[, name]] = pages[0].invited;
  assert.match(name, /^tabmux:\d+-\d+-\d+-\d+$/);
  assert.deepEqual(
    pages.map(({ invited }) => invited.map(([, name]) => name)),
    Array(LEAST).fill([name]),
  );
  const keys = pages.flatMap(({ invited }) => invited.map(([key]) => key));
  assert.equal(new Set(keys).size, LEAST, 'each has a key of its own');
  assert.deepEqual(
    worker.channels.filter((each) => !before.includes(each)),
    [name],
  );
  for (const page of pages) page.named = [];
  for (let time = 0; time < 3; time++) {
    scene.burst();
    await scene.received();
  }
  for (const page of pages) {
    const numbers = page.onAir.filter(Array.isArray).flat();
    assert.ok(
      numbers.every((number, at) => at === 0 || number > numbers[at - 1]),
      'each run is on air once',
    );
    assert.ok(
      page.onAir.some((message) => Array.isArray(message) && message.length > 1),
      'those of a turn are one message',
    );
    assert.deepEqual(page.named, pages[0].named);
    assert.deepEqual(page.named, numbers.slice(-page.named.length), 'all that was on air is named');
    assert.ok(page.named.length >= 6, 'the most of each burst is on air');
  }
  scene.close();
});

test('D-13: five tabs are not invited', async () => {
  const scene = await open(LEAST - 1);
  for (let time = 0; time < 5; time++) {
    scene.burst();
    await scene.received();
  }
  assert.deepEqual(
    scene.pages.map(({ invited }) => invited),
    Array(LEAST - 1).fill([]),
  );
  scene.close();
});

test('D-13: a tab that hears no channel is sent all by its port; the others are enough', async () => {
  const scene = await open(LEAST + 1);
  const [deaf, ...others] = scene.pages;
  deaf.listens = false;
  await scene.formed(others);
  scene.burst();
  await scene.received();
  assert.deepEqual([deaf.named, deaf.invited.length], [[], 1]);
  scene.close();
});

test('D-13: a tab that joins later is named nothing of before its word', async () => {
  const scene = await open(LEAST);
  await scene.formed();
  const late = worker.page();
  late.attach(scene.url, { transport: 'eventsource', maxStreamsPerOrigin: 1000 }, ['a']);
  await late.until('ready', ({ statuses, said }) => said.includes('attached') && statuses.length);
  const from = scene.sent.length;
  for (let time = 0; time < 20 && !late.named.length; time++) {
    scene.burst();
    await scene.received();
    await late.until('all', ({ events }) => events.length >= scene.sent.length - from);
  }
  assert.deepEqual(late.events, scene.sent.slice(from));
  const [first] = late.named;
  assert.ok(late.onAir.flat().indexOf(first) >= 0);
  assert.equal(late.invited[0][1], scene.pages[0].invited[0][1]);
  late.close();
  scene.close();
});

test('D-13: two streams have two channels; each is closed with its last tab', async () => {
  const before = worker.channels;
  const [one, two] = [await open(LEAST), await open(LEAST)];
  await one.formed();
  await two.formed();
  const names = [one, two].map(({ pages }) => pages[0].invited[0][1]);
  const open2 = () => worker.channels.filter((each) => !before.includes(each));
  assert.deepEqual([names[0] !== names[1], open2()], [true, names]);
  one.close();
  await waitFor('the first is closed', () => open2().length === 1);
  assert.deepEqual(open2(), [names[1]]);
  two.burst();
  await two.received();
  two.close();
  await waitFor('the second is closed', () => open2().length === 0);
});

test('D-13: a tab that does nothing for a while gets what it was named, once and in order', async () => {
  const scene = await open(LEAST);
  await scene.formed();
  const [slow, ...others] = scene.pages.toReversed();
  slow.isBusy = true;
  const named = slow.named.length;
  for (let time = 0; time < 4; time++) {
    scene.burst();
    await scene.received(others);
  }
  assert.equal(slow.named.length, named);
  slow.goOn();
  await scene.received();
  scene.close();
});

test('D-13: whatever anybody says on the channel changes nothing', async () => {
  const scene = await open(LEAST);
  await scene.formed();
  const other = new BroadcastChannel(scene.pages[0].invited[0][1]);
  const garbage = [
    0,
    -1,
    0.5,
    NaN,
    2 ** 60,
    10n,
    'text',
    null,
    {},
    [],
    [1, [new Uint32Array(3), '']],
    new Map(),
    1,
    2,
    3,
  ];
  for (const said of garbage) other.postMessage(said);
  for (let time = 0; time < 3; time++) {
    scene.burst();
    await scene.received();
  }
  assert.ok(!worker.isClosed);
  other.close();
  scene.close();
});
