import assert from 'node:assert/strict';
import test from 'node:test';
import { hearing } from '../../js/hear.js';

const NAMES = 'buffer.events resume.persist.maxAge asks\nkey resume.param topics.format\nstrict resume.persist';

/** What the hub is told of a message that was posted. */
function heard(message: unknown): unknown {
  let told: unknown;
  const hear = hearing(
    NAMES,
    (...ack) => {
      told = { ack };
    },
    (port, row) => {
      assert.equal(port, 7);
      told = row;
    },
  );
  hear(7)({ data: structuredClone(message) } as MessageEvent);
  return told;
}

const attach = (options: unknown = {}, rest = {}) => ({
  t: 'attach',
  s: 1,
  kind: 'channel',
  url: 'http://app.test/',
  options,
  subs: [{ sub: 4, channel: '*', replay: 2, topic: undefined }],
  ...rest,
});
const ABSENT = [null, null, null, null, null, null, null, null, null, 0];

test('an acknowledgement is told by its numbers, and by nothing else', () => {
  assert.deepEqual(heard([3, 17]), { ack: [7, 3, 17] });
  assert.deepEqual(heard([0, Number.MAX_SAFE_INTEGER]), { ack: [7, 0, Number.MAX_SAFE_INTEGER] });
  for (const wrong of [
    [],
    [1],
    [-1, 1],
    [1.5, 1],
    [1, -1],
    [1, 0.5],
    [2 ** 32, 1],
    [1, 2 ** 53],
    ['1', 1],
    [1, '1'],
    [NaN, 1],
  ])
    assert.equal(heard(wrong), 'ack', String(wrong));
});

test('a message is told as its kind and its fields, in their order', () => {
  const cases: [unknown, unknown[]][] = [
    [{ t: 'hello', v: 3, build: 'x', tab: 'a', visible: true }, [0, 3, 'a', null, 1]],
    [{ visible: false, lock: 'l', tab: 'a', v: 3, t: 'hello' }, [0, 3, 'a', 'l', 0]],
    [attach(), [1, 1, 'channel', 'http://app.test/', [[4, '*', 2, null]], null, null, null, ABSENT]],
    [
      attach({}, { position: { epoch: 5, seq: 6, id: 'i', batch: 7 }, had: ['c', 'i', 'd'], term: 8, subs: [] }),
      [1, 1, 'channel', 'http://app.test/', [], [5, 6, 'i', 7], ['c', 'i', 'd'], 8, ABSENT],
    ],
    [{ t: 'detach', s: 2 }, [2, 2]],
    [{ t: 'sub', s: 2, sub: 3, channel: '__proto__', replay: 0, topic: 't' }, [3, 2, 3, '__proto__', 0, 't']],
    [{ t: 'unsub', s: 2, sub: 3 }, [4, 2, 3]],
    [{ t: 'visible', visible: false }, [5, 0]],
    [{ t: 'bye', persisted: true, at: [1, 2, 3, 4] }, [6, 1, [1, 2, 3, 4]]],
    [{ t: 'bye', persisted: false }, [6, 0, null]],
    [{ t: 'reconnect', s: 1 }, [7, 1]],
    [{ t: 'answer', s: 1, r: 2, given: { url: 'u' } }, [8, 1, 2, ['u', null]]],
    [{ t: 'answer', s: 1, r: 2 }, [8, 1, 2, null]],
    [{ t: 'stats', s: 1, r: 2 }, [9, 1, 2]],
    [{ t: 'close-everywhere', r: 2 }, [10, 2]],
    [{ t: 'ended', session: 9 }, [11, 9]],
    [{ t: 'ping' }, [12]],
    [{ t: 'pong' }, [13]],
  ];
  for (const [message, row] of cases) assert.deepEqual(heard(message), row);
});

test('options stand by kind in the order of their names; null is absent but for the parameter', () => {
  const options = {
    buffer: { events: 9 },
    resume: { persist: { maxAge: 5 }, param: null },
    key: 'k',
    strict: false,
    channels: ['a', 'b'],
  };
  const row = heard(attach(options)) as unknown[];
  assert.deepEqual(row.at(-1), [9, 5, null, 'k', null, null, 0, 1, ['a', 'b'], 1]);
  const on = heard(attach({ resume: { persist: true, param: 'p' }, key: null })) as unknown[];
  assert.deepEqual(on.at(-1), [null, null, null, null, 'p', null, null, 1, null, 0]);
  const off = heard(attach({ resume: { persist: false } })) as unknown[];
  assert.deepEqual(off.at(-1), [null, null, null, null, null, null, null, 0, null, 0]);
});

test('what is no message is named by the first field that is wrong', () => {
  const cases: [unknown, string][] = [
    [1, 'type'],
    [null, 'type'],
    ['ping', 'type'],
    [{}, 't'],
    [{ t: 'toString' }, 't'],
    [{ t: '__proto__' }, 't'],
    [{ t: ['ping'] }, 't'],
    [{ t: 'hello', v: -1 }, 'v'],
    [{ t: 'hello', v: 3, tab: '' }, 'tab'],
    [{ t: 'hello', v: 3, tab: 'a'.repeat(257), visible: true }, 'tab'],
    [{ t: 'hello', v: 3, tab: 'a', lock: 'a'.repeat(257), visible: true }, 'lock'],
    [{ t: 'hello', v: 3, tab: 'a', visible: 1 }, 'visible'],
    [{ ...attach(), options: undefined }, 'options'],
    [attach(5), 'options'],
    [attach({ buffer: 7 }), 'options'],
    [attach({ buffer: true }), 'options'],
    [attach({ buffer: { events: '7' } }), 'options'],
    [attach({ resume: true }), 'options'],
    [attach({ resume: { persist: 'on' } }), 'options'],
    [attach({ strict: {} }), 'options'],
    [attach({ channels: 'a' }), 'options'],
    [attach({ channels: ['a', 1] }), 'options'],
    [attach({}, { kind: 'other' }), 'kind'],
    [attach({}, { subs: undefined }), 'subs'],
    [attach({}, { subs: [5] }), 'subs'],
    [attach({}, { subs: [{ sub: 1, channel: 1, replay: 0 }] }), 'channel'],
    [attach({}, { position: { epoch: 1, seq: 1, id: 'a\rb', batch: 1 } }), 'id'],
    [attach({}, { position: 1 }), 'position'],
    [{ t: 'sub', s: 1, sub: 1, channel: 'a', replay: 0.5 }, 'replay'],
    [{ t: 'bye', persisted: true, at: [1, 2, 1] }, 'at'],
    [{ t: 'bye', persisted: true, at: [1, -1] }, 'at'],
    [{ t: 'answer', s: 1, r: 1, given: 1 }, 'given'],
  ];
  for (const [message, field] of cases) assert.equal(heard(message), field, JSON.stringify(message));
});

test('a list that says it has millions of entries is none, at once', () => {
  const holes = () => Object.assign([], { length: 2 ** 26 });
  // Of the processor: on a busy machine the clock says little.
  const before = process.cpuUsage();
  assert.equal(heard(attach({}, { subs: holes() })), 'subs');
  assert.equal(heard(attach({ channels: holes() })), 'options');
  assert.equal(heard({ t: 'bye', persisted: true, at: holes() }), 'at');
  assert.equal(heard(holes()), 'ack');
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1_000_000, `${user + system} µs`);
});

const SEED = 20261122;

/** xorshift: the same values in each run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

test('whatever stands in whichever place, the hub is told values of the types that it reads, or a name', () => {
  const random = chance(SEED);
  const odd = [
    ...[NaN, -0, -1, 0.5, 2 ** 32, 2 ** 53, Infinity, 10n, true, false, null, undefined, '', 'x'.repeat(1e5), '\ud800'],
    ...[
      [],
      [[[]]],
      {},
      { length: 5 },
      new Map(),
      new Date(),
      /x/,
      new Uint8Array(3),
      new Error('x'),
      Object(1),
      Object('s'),
    ],
    ...[Object.assign([], { length: 1000 }), JSON.parse('{"__proto__": 1}')],
  ];
  const group = {
    epoch: 1,
    seq: 1,
    id: '',
    batch: 1,
    url: 'u',
    headers: 'h',
    sub: 1,
    channel: 'c',
    replay: 1,
    topic: 't',
  };
  const kinds = [
    'hello',
    'attach',
    'detach',
    'sub',
    'unsub',
    'visible',
    'bye',
    'reconnect',
    'answer',
    'stats',
    'ended',
    'ping',
  ];
  const good: Record<string, unknown> = {
    ...{
      v: 3,
      tab: 'a',
      lock: 'l',
      visible: true,
      s: 1,
      r: 1,
      kind: 'channel',
      url: 'u',
      subs: [group],
      position: group,
    },
    ...{ had: ['c', 'i', 'd'], term: 1, sub: 1, channel: 'c', replay: 1, topic: 't', persisted: true, at: [1, 2] },
    ...{
      given: group,
      session: 1,
      options: { buffer: { events: 1 }, resume: { persist: true }, key: 'k', channels: ['a'] },
    },
  };
  const type = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'row' : typeof value);
  /** Of what is told of a whole message: the types that each place may have. */
  const shapes = new Map<number, Set<string>[]>();
  for (const t of kinds)
    for (const message of [
      { ...good, t },
      { ...good, t, lock: null, topic: null, position: null, had: null, term: null, at: null, given: null },
    ]) {
      const [kind, ...row] = heard(message) as [number, ...unknown[]];
      const shape = shapes.get(kind) ?? row.map(() => new Set<string>());
      for (const [place, value] of row.entries()) shape[place]?.add(type(value));
      shapes.set(kind, shape);
    }
  let taken = 0;
  for (let round = 0; round < 20_000; round++) {
    const message: Record<string, unknown> = structuredClone({ ...good, t: kinds[random(kinds.length)] });
    for (let changes = random(3); changes >= 0; changes--) {
      const names = Object.keys(message);
      const name = names[random(names.length)] as string;
      const inner = message[name];
      const target =
        random(2) &&
        Object.keys(group)
          .concat('buffer')
          .some((key) => Object.hasOwn(Object(inner), key))
          ? (inner as Record<string, unknown>)
          : message;
      const fields = target === message ? [name] : Object.keys(target);
      target[fields[random(fields.length)] as string] = odd[random(odd.length)];
    }
    const told = heard(message);
    if (typeof told === 'string') {
      assert.ok(/^[a-z]{1,9}$/.test(told), `a name: ${told}`);
      continue;
    }
    taken++;
    const [kind, ...row] = told as [number, ...unknown[]];
    for (const [place, value] of row.entries()) assert.ok(shapes.get(kind)?.[place]?.has(type(value)));
  }
  assert.ok(taken > 1000 && taken < 19_000, `${taken} of them were messages`);
});
