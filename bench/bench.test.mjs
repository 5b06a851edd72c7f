import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inRoot } from '../scripts/lib/paths.mjs';
import { inReadme } from '../scripts/lib/readme.mjs';
import { waitFor } from '../tests/e2e/driver/wait.mjs';
import { coarse } from './coarse.mjs';
import { GOALS, reached } from './goals.mjs';
import { burstSample, isWhole, ready } from './lib/burst.mjs';
import { launchChromium } from './lib/chromium.mjs';
import { interleave, order } from './lib/interleave.mjs';
import { neighbours } from './lib/neighbours.mjs';
import { overSocket, peer } from './lib/parsers.mjs';
import { cpuOf } from './lib/proc.mjs';
import { atRest } from './lib/rest.mjs';
import { paired, quantile, summary } from './lib/stats.mjs';
import { LIMITS, limitOf } from './limits.mjs';
import { merge } from './merge.mjs';
import { isNarrow } from './precision.mjs';
import { page } from './report/page.mjs';
import { pictures } from './report/picture.mjs';
import { markdown } from './report/readme.mjs';
import { table } from './report/table.mjs';
import { cold } from './rows/cold.mjs';
import { fanout, fanout2k } from './rows/fanout.mjs';
import { ROWS } from './rows/index.mjs';
import { latencySample } from './rows/latency.mjs';
import { frozenSample } from './rows/memory.mjs';
import { recovery } from './rows/recovery.mjs';
import { payload, rows } from './server/burst.mjs';
import { startBenchServer } from './server/start.mjs';

/** What may go wrong on the way of an event, as modes of a tab: each is given event and id, and passes them on. */
const FAULTS = {
  none: 'event(data, id)',
  lost: 'if (id !== "50") event(data, id)',
  'the last lost': 'if (id !== "110") event(data, id)',
  repeated: 'event(data, id); if (id === "50") event(data, id)',
  'the last repeated': 'event(data, id); if (id === "110") event(data, id)',
  swapped: 'if (id === "50") late = data; else event(data, id); if (id === "51") event(late, "50")',
  cut: 'event(id === "50" ? data.slice(1) : data, id)',
};

/** The same of a tab that is told of events 11 to 80 as dropped. */
const GAPS = {
  none: 'event(data, id)',
  'lost, and another one repeated': 'if (id !== "90") event(data, id); if (id === "100") event(data, id)',
  'told to be dropped that came': 'if (id === "90") tell(1); event(data, id)',
  swapped: 'if (id === "90") late = data; else event(data, id); if (id === "91") event(late, "90")',
};

/** A mode whose events go as `pass` says, which `setup` has prepared. */
const faulty = (pass, setup = '') => `let late; ${setup}
  export function open({ url, event, ready }) {
    const source = new EventSource(url);
    source.addEventListener('tick', ({ data, lastEventId: id }) => { ${pass} });
    source.onopen = ready;
  }`;

/** Of two tabs the visible one has each event; the other one is the one that is frozen. A worker is there to be looked at. */
const gapped = (pass) =>
  faulty(
    `if (document.visibilityState === 'visible' || id < 11) event(data, id); else if (id === '80') tell(70); else if (id > 80) { ${pass} }`,
    `globalThis.hub = new EventTarget();
    const tell = (dropped) => hub.dispatchEvent(new CustomEvent('gap', { detail: { dropped } }));
    globalThis.worker = new SharedWorker('/workers/handwritten.js');`,
  );

let browser;
let server;
/** The same pages, cross-origin isolated. */
let isolated;
before(async () => {
  const modes = {
    ...Object.fromEntries(Object.values(FAULTS).map((pass, n) => [`fault${n}`, faulty(pass)])),
    ...Object.fromEntries(Object.values(GAPS).map((pass, n) => [`gap${n}`, gapped(pass)])),
    // In the tabs that are frozen alone.
    asleep: faulty('if (id !== "50" || location.pathname !== "/tab.html") event(data, id)'),
    fetching: faulty(FAULTS.none, "await fetch('/app/fetch.wasm');"),
    twice: faulty(FAULTS.none, "globalThis.other = new EventSource(new URLSearchParams(location.search).get('url'));"),
  };
  const sources = Object.fromEntries(Object.entries(modes).map(([name, text]) => [`/app/${name}.js`, text]));
  server = await startBenchServer({ folder: inRoot('pkg'), ports: 3, sources });
  isolated = await startBenchServer({ folder: inRoot('pkg'), ports: 4, sources, isolated: true });
  browser = await launchChromium();
});
after(async () => {
  await browser?.close();
  server?.stop();
  isolated?.stop();
});

for (const [n, name] of Object.keys(FAULTS).entries()) {
  const run = () =>
    burstSample(
      { browser, server },
      { file: `fault${n}`, ownPort: true },
      { tabs: 2, warmUp: 10, count: 100, bytes: 60, limit: name === 'none' ? 60_000 : 3_000 },
    );
  if (name === 'none') {
    test('a run in which every tab has every event once is measured', async () => {
      const { rate, connections } = await run();
      assert.ok(rate > 0);
      assert.equal(connections, 2, 'one a tab');
    });
  } else {
    test(`a run is void, and says so: an event is ${name}`, async () => {
      await assert.rejects(run, /void/);
    });
  }
}

test("a limit's worker whose script does not load is told at once: here there is no parser beside it", async () => {
  const run = burstSample({ browser, server }, { file: '../modes/limit-fetch' }, { tabs: 1, count: 1, bytes: 60 });
  await assert.rejects(run, /worker was not loaded/);
});

const latencyOf = (mode, frozen, limit) =>
  latencySample({ browser, server: isolated }, `${mode}${frozen}`, mode, { tabs: 2, frozen, events: 110, limit });

test('added latency is measured where every tab has every event once, those that were frozen too', async () => {
  const { p50, p99 } = await latencyOf('fault0', 1);
  assert.ok(Number.isFinite(p50) && Number.isFinite(p99));
});

for (const [n, name] of Object.keys(FAULTS).entries()) {
  if (name === 'none') continue;
  test(`a run for latency is void, and says so: an event is ${name}`, async () => {
    await assert.rejects(latencyOf(`fault${n}`, 0, 3_000), /void/);
  });
}

test('a run for latency is void, and says so: an event is lost in a frozen tab', async () => {
  await assert.rejects(latencyOf('asleep', 1, 3_000), /void/);
});

for (const [n, name] of Object.keys(GAPS).entries()) {
  // One connection is the worker's: here each tab has its own.
  const call = (op, args) => (op === 'connections' ? 1 : server.call(op, args));
  const run = () =>
    frozenSample({ browser, server: { ...server, call } }, { mode: `gap${n}`, events: 110, burst: 110 });
  if (name === 'none') {
    test('a frozen tab that has what was not dropped is measured', async () => {
      const { count, dropped } = await run();
      assert.deepEqual([count, dropped], [40, 70]);
    });
  } else {
    test(`a run with a frozen tab is void, and says so: there an event is ${name}`, async () => {
      await assert.rejects(run, /void/);
    });
  }
}

test('a run is void where events did not come by the transport that the row names', async () => {
  const by = (file, transport) =>
    burstSample(
      { browser, server },
      { file, ownPort: true },
      { tabs: 2, warmUp: 10, count: 100, bytes: 60, transport },
    );
  await by('fault0', 'eventsource');
  await by('fetching', 'fetch');
  await by('fetching');
  await assert.rejects(by('fetching', 'eventsource'), /void, not by eventsource/);
  await assert.rejects(by('fault0', 'fetch'), /void, not by fetch/);
});

test('connections that are too many are named, at once', async () => {
  const began = performance.now();
  const run = burstSample({ browser, server }, { file: 'twice' }, { tabs: 2, warmUp: 10, count: 100, bytes: 60 });
  await assert.rejects(run, /[234] connections instead of one/);
  assert.ok(performance.now() - began < 15_000);
  const call = async () => 9;
  await assert.rejects(ready({ call }, 's', [], 8), /9 connections instead of 8/);
});

test('the rows that are about EventSource ask tabmux for it', async () => {
  for (const { run } of [fanout, fanout2k]) {
    const asked = [];
    const open = async (url) => {
      asked.push(new URL(url).searchParams);
      throw new Error('seen');
    };
    const bench = {
      rounds: 1,
      progress() {},
      browser: { profile: async () => ({ open, close() {} }) },
      server: { origins: ['http://a', 'http://b'], call: async () => 0 },
    };
    await assert.rejects(run(bench), /seen/);
    assert.deepEqual(
      asked.map((query) => [query.get('mode'), query.get('transport')]),
      [['tabmux', 'eventsource']],
    );
  }
});

test('beside the fan-out stand the first burst over the limit, and the CPU of warm tabs', () => {
  const each = (rate, cpu, warm) => ({ rate, cpu, sustained: { rate: 2 * rate, cpu: warm } });
  const samples = {
    tabmux: [each(6, 4, 2)],
    direct: [each(1, 8, 8)],
    'limit-array': [each(3, 2, 10)],
    'limit-joined': [each(2, 3, 1)],
  };
  const values = Object.entries(fanout.beside(samples)).map(([name, { value }]) => [name, value]);
  assert.deepEqual(Object.fromEntries(values), {
    fanout_vs_limit_first: 2,
    cpu_vs_direct_warm: 0.25,
    cpu_vs_limit_first: 2,
    cpu_vs_limit_warm: 2,
  });
  const large = (rate, cpu) => [{ rate: 9, cpu, rates: [rate, 9] }];
  const first = fanout2k.beside({ tabmux: large(6, 1), 'limit-array': large(3, 4), 'limit-joined': large(2, 2) });
  assert.deepEqual([first.fanout_2k_vs_limit_first.value, first.cpu_vs_limit_warm.value], [2, 0.5]);
});

test('a recovery has taken as long as its slowest tab', async () => {
  let pause = 0;
  const page = { waitForFunction() {}, evaluate: async () => ({ pause: ++pause, count: 1, wrong: 0 }) };
  const profile = async () => ({ open: async () => page, killSharedWorkers() {}, close() {} });
  // The pauses are counted on: a round more, since the machine was somebody else's, would shift them.
  const rounds = { rounds: 1, exact: true, again: 0 };
  const bench = { ...rounds, progress() {}, browser: { profile }, server: { origins: ['a', 'b'] } };
  const { ratios, raw } = await recovery.run(bench);
  // Each page is asked twice, first to watch.
  assert.deepEqual(raw.longest, [
    [5, 6, 7, 8],
    [13, 14, 15, 16],
  ]);
  assert.equal(ratios.recovery_worker_killed_ms.value, 12);
});

test('figures of fewer than five rounds are not merged into others, nor shown', () => {
  const tell = (...options) =>
    spawnSync(process.execPath, [inRoot('scripts', 'bench.mjs'), '--only', 'nothing', ...options], {
      encoding: 'utf8',
    });
  for (const few of [['--rounds', '4'], ['--quick']]) {
    for (const shown of [['--report', 'page.html'], ['--json', 'some.json', '--merge'], ['--readme']]) {
      const { status, stderr } = tell(...few, ...shown);
      assert.equal(status, 1);
      assert.match(stderr, /--merge, --report and --readme are for figures of at least 5 rounds/);
      assert.match(stderr, /--json/, 'and what else there is');
    }
  }
});

test('a row that had no time for the rounds that its interval wants says so', () => {
  const machine = { browsers: {}, absent: [], peers: {}, cpu: 'c' };
  const wide = { value: 20, spread: [10, 30], goal: 15, better: 'higher' };
  const narrow = { value: 20, spread: [19.9, 20.1], goal: 15, better: 'higher' };
  const run = (ended) => ({ rounds: 8, repeated: 0, ended, neighbours: { a: { steal: [0], others: [0] } } });
  const of = (ended) => ({
    machine,
    ratios: { fanout_vs_direct: wide, 'fanout_vs_direct@firefox': wide, fanout_vs_handwritten: narrow },
    raw: {},
    runs: { fanout: run(ended), 'fanout@firefox': run('narrow') },
  });
  const said = 'reached (still wide: no time for more than 8 rounds)';
  for (const text of [table(of('time')), page(of('time'))])
    assert.equal(text.split(said).length, 2, 'of that row alone');
  assert.ok(page(of('time')).includes('<tr class="reached">'));
  assert.ok(!table(of('narrow')).includes('still wide'));
});

test('a stream that goes on is void as well, for a tab that begins in the middle', async () => {
  for (const n of Object.keys(FAULTS).keys()) {
    const profile = await browser.profile();
    const url = `${server.origins[1]}/sse/goes-on${n}?greet=1&lastEventId=7`;
    const query = new URLSearchParams({ mode: `fault${n}`, url, bytes: 0 });
    const page = await profile.open(`${server.origins[0]}/tab.html?${query}`);
    await page.waitForFunction(() => bench.count > 120);
    const report = await page.evaluate(() => ({ count: bench.count, wrong: bench.wrong }));
    if (n === 0) isWhole('fault0', [report]);
    else assert.throws(() => isWhole(`fault${n}`, [report]), /void/);
    await profile.close();
  }
});

test('an EventSource of Node is measured, and void if it loses, repeats or swaps an event', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tabmux-bench-'));
  const shape = { warmUp: 20, count: 100 };
  try {
    assert.ok((await overSocket('own', undefined, shape)({ server })) > 0, "Node's own");
    for (const [name, pass] of Object.entries(FAULTS)) {
      if (name.startsWith('the last')) continue;
      const file = join(folder, `${name}.mjs`);
      writeFileSync(
        file,
        `import { EventSource as Own } from ${JSON.stringify(peer('eventsource', 'dist/index.js'))};
        let late;
        export class EventSource extends Own {
          addEventListener(type, listener) {
            super.addEventListener(type, type === 'tick' ? ({ data, lastEventId: id }) => { ${pass} } : listener);
            function event(data, lastEventId) { listener({ data, lastEventId }); }
          }
        }`,
      );
      const run = () => overSocket(name, pathToFileURL(file).href, shape)({ server });
      if (name === 'none') assert.ok((await run()) > 0);
      else await assert.rejects(run, /void/, name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every ratio that has a goal is given by a row, or says why it is not', () => {
  const given = new Set(ROWS.flatMap(({ gives }) => gives));
  for (const [name, { absent }] of Object.entries(GOALS)) assert.ok(given.has(name) !== Boolean(absent), name);
  for (const name of given) assert.ok(GOALS[name], name);
});

test('the pictures that the README shows are there', () => {
  const shown = [...readFileSync(inRoot('README.md'), 'utf8').matchAll(/(?:srcset|src)="(bench\/[^"]+)"/g)];
  assert.ok(shown.length >= 2);
  for (const [, file] of shown) assert.ok(existsSync(inRoot(...file.split('/'))), file);
});

test('what is measured anew takes the place of what was, and a void row has no figures of another day', () => {
  const machine = (date, browser) => ({
    cpu: `of ${date}`,
    date,
    load: 1,
    browsers: { [browser]: date },
    peers: { [`peer ${date}`]: '1', both: date },
    absent: [`absent ${date}`],
  });
  const of = (rows, ratios, rest) => ({ raw: rows, runs: rows, ratios, failed: {}, ...rest });
  const before = of(
    { cold: 1, recovery: 1, fanout: 1, 'fanout@firefox': 1 },
    { cold_first_vs_handwritten: 1, cold_second_vs_direct: 1, recovery_worker_killed_ms: 1, cpu_vs_direct: 1 },
    { machine: { ...machine('then', 'firefox'), later: { cold: { date: 'between' }, fanout: { date: 'between' } } } },
  );
  before.ratios['cpu_vs_direct@firefox'] = 1;
  const now = of(
    { recovery: 2 },
    { recovery_worker_killed_ms: 2 },
    { machine: machine('now', 'chromium'), failed: { cold: 'why', 'fanout@firefox': 'why' } },
  );
  assert.deepEqual(merge(before, now), {
    machine: {
      ...machine('then', 'firefox'),
      browsers: { firefox: 'then', chromium: 'now' },
      peers: { 'peer then': '1', 'peer now': '1', both: 'now' },
      absent: ['absent now'],
      later: { fanout: { date: 'between' }, recovery: { date: 'now', load: 1 } },
    },
    raw: { recovery: 2, fanout: 1 },
    runs: { recovery: 2, fanout: 1 },
    ratios: { recovery_worker_killed_ms: 2, cpu_vs_direct: 1 },
    failed: now.failed,
  });
});

test('CI fails on coarse faults alone: a fan-out below 8, connections that are not one', () => {
  const of = (value, ...connections) => ({
    ratios: { fanout_vs_handwritten: { value } },
    raw: { fanout: { tabmux: connections.map((each) => ({ connections: each })) } },
  });
  assert.deepEqual(coarse(of(8, 1, 1)), []);
  assert.match(coarse(of(7.9, 1)).join(), /^fan-out is 7\.9 times/);
  for (const wrong of [0, 2, 8]) assert.deepEqual(coarse(of(9, 1, wrong)), [`${wrong} connections instead of one`]);
  assert.deepEqual(coarse({ ratios: {}, raw: {} }), [], 'rows that were not asked for');
});

test("the README's table is of the published figures, and has every ratio of them", () => {
  const result = JSON.parse(readFileSync(inRoot('bench', 'results', 'results.json'), 'utf8'));
  const table = markdown(result);
  assert.equal(inReadme('bench'), table);
  const missed = Object.keys(result.ratios).filter(
    (name) => !name.includes('@') && !reached(name, result.ratios[name]),
  );
  assert.equal(table.match(/\*\*/g).length, 2 * missed.length);
  const own = Object.keys(result.ratios).filter((name) => !name.includes('@'));
  assert.equal(table.split('\n').length, 2 + own.length);
});

test('the median comes with an interval that holds it, whatever the distribution', () => {
  const values = [3, 1, 2, 5, 4];
  const { value, spread } = summary(values);
  assert.equal(value, 3);
  assert.ok(spread[0] <= 3 && spread[1] >= 3);
  for (const [count, low] of Object.entries({ 1: 1, 5: 1, 6: 1, 8: 1, 9: 2, 12: 3, 15: 4, 20: 6, 25: 8 })) {
    const all = Array.from({ length: Number(count) }, (_, n) => n + 1);
    assert.deepEqual(summary(all).spread, [low, Number(count) + 1 - low], 'as tables of the sign test have it');
  }
  assert.equal(quantile([1, 2], 0.5), 1.5);
  assert.equal(paired([2, 4], [1, 2]).value, 2);
});

test('the events of a burst are numbered, named in turn and of the size asked for', () => {
  assert.equal(payload(7, 200).length, 200);
  JSON.parse(payload(7, 200));
  assert.match(rows({ first: 4, count: 1, bytes: 60, channels: [''] }), /^id: 4\ndata: \{.{58}\}\n\n$/);
  const names = rows({ count: 3, bytes: 60, channels: ['a', 'b'] }).match(/(?<=event: )\w/g);
  assert.deepEqual(names, ['b', 'a', 'b']);
});

test('table and page say which goals were missed, and what was not measured', () => {
  const machine = {
    cpu: 'a <cpu>',
    cores: 2,
    memory: '1 GiB',
    load: 1.5,
    browsers: { chromium: 'C 1', firefox: 'F 2' },
    node: '1',
    peers: { p: '1' },
    absent: ['gone'],
    date: 'd',
  };
  const ratio = { value: 1, spread: [0.9, 1.1], goal: 2, better: 'higher' };
  const raw = { fanout: { tabmux: [{ rate: 1, cpu: 2 }] }, parser_wasm: { 'tabmux 1400': [1, 2] } };
  const ratios = { fanout_vs_direct: ratio, 'fanout_vs_direct@firefox': { ...ratio, value: 20 } };
  const result = { machine, ratios, raw, failed: { cold: 'why' } };
  assert.ok(!reached('fanout_vs_direct', ratio));
  assert.match(table(result), /fanout_vs_direct +1 +0\.9 to 1\.1 +≥ 15 +missed/);
  assert.match(table(result), /fanout_vs_direct@firefox +20 .*reached/);
  assert.match(table(result), /handover_leader_ms .*n\/a/);
  assert.match(table(result), /cold: not measured: why/);
  assert.match(table(result), /C 1, F 2, Node 1; 2 x a <cpu>, 1 GiB; d; the machine was busy \(load 1.5\)/);
  const html = page(result);
  for (const text of ['<td>missed</td>', '<td>not measured</td>', 'gone', 'tabmux, 1,400'])
    assert.ok(html.includes(text));
  assert.ok(!html.includes('<cpu>'));
  const later = { fanout: { date: 'another day', load: 0.1 } };
  assert.match(pictures({ ...result, machine: { ...machine, later } }).light, /another day</);
  for (const svg of Object.values(pictures(result))) assert.ok(svg.includes('&#60;cpu&#62;'));
});

test("a worker's CPU that a browser can't tell has no ratio", () => {
  const samples = (workerCpu) => {
    const each = Array.from({ length: 5 }, () => ({ rate: 1, cpu: 1, workerCpu }));
    return { 'tabmux-fetch': each, 'limit-fetch': each, 'limit-fetch-text': each };
  };
  const { beside } = ROWS.find(({ name }) => name === 'fanout_fetch');
  // The median of none is no number.
  assert.equal(beside(samples(Number.NaN)).worker_cpu_vs_limit, undefined);
  assert.equal(beside(samples(2)).worker_cpu_vs_limit.value, 1);
});

test("the limit's own figure stands beside a row whose run has it", () => {
  const each = (rate) => [{ rate, cpu: 1 }];
  const raw = { fanout: { tabmux: each(10), direct: each(2), 'limit-array': each(12), 'limit-joined': each(14) } };
  assert.equal(limitOf(raw, 'fanout_vs_direct').value, 7, 'of the faster form');
  assert.equal(limitOf({ 'fanout@firefox': raw.fanout }, 'fanout_vs_direct@firefox').value, 7);
  assert.equal(limitOf(raw, 'fanout_vs_handwritten'), undefined, 'not measured');
  assert.equal(limitOf(raw, 'page_bytes'), undefined, 'none');
  const cold = (first) => [{ first, second: 1 }];
  assert.equal(
    limitOf({ cold: { tabmux: cold(3), handwritten: cold(2), direct: cold(1) } }, 'cold_first_vs_handwritten'),
    undefined,
  );
  const ratio = { value: 5, spread: [4, 6], goal: 15, better: 'higher' };
  const later = { fanout: { date: 'later', load: 3 }, cold: { date: 'later', load: 3 } };
  const machine = { browsers: {}, absent: [], peers: {}, cpu: 'c', later };
  assert.match(
    table({ machine, ratios: { fanout_vs_direct: ratio }, raw }),
    /fanout_vs_direct +5 +4 to 6 +≥ 15 +7 +missed/,
  );
  assert.ok(page({ machine, ratios: { fanout_vs_direct: ratio }, raw }).includes('<td>7</td>'));
  assert.match(table({ machine, ratios: {}, raw }), /on later \(load 3\) were measured: fanout, cold/);
  for (const name of Object.keys(LIMITS)) assert.ok(GOALS[name], name);
});

test('a goal within the interval of the limit counts only if the value is near', () => {
  assert.ok(reached('fanout_vs_limit', { value: 0.96, spread: [0.9, 1.02], goal: 0.95, better: 'higher' }));
  assert.ok(!reached('fanout_vs_limit', { value: 0.96, spread: [0.9, 0.99], goal: 0.95, better: 'higher' }));
  assert.ok(!reached('fanout_vs_limit', { value: 0.9, spread: [0.8, 1.1], goal: 0.95, better: 'higher' }));
});

/** A row of one ratio whose samples are those of `values` in turn, over 1; `steals` are those of its rounds. */
async function rowOf(values, { name = 'scale_tabs', steals = [], ...own } = {}) {
  let note;
  let round = 0;
  const bench = {
    rounds: 5,
    progress() {},
    note(run) {
      note = run;
    },
    // Of a round and of each of its samples: the round's is asked for first.
    watch: () => () => ({ steal: steals[round - 1] ?? 0 }),
    ...own,
  };
  const raw = await interleave(
    bench,
    ['own', 'other'],
    (kind, n) => {
      round = n + 1;
      return kind === 'other' ? 1 : values[n % values.length];
    },
    ({ own: ours, other }) => ({ [name]: paired(ours, other) }),
  );
  return { ...note, raw };
}

test('a row goes on until its interval is narrow, five rounds at least and fifteen at most', async () => {
  assert.deepEqual([(await rowOf([1, 1.01])).rounds, (await rowOf([1, 1.01])).ended], [5, 'narrow']);
  assert.deepEqual([(await rowOf([1, 2])).rounds, (await rowOf([1, 2])).ended], [15, 'rounds']);
  const some = await rowOf([1.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1]);
  assert.ok(some.rounds > 5 && some.rounds < 15 && some.ended === 'narrow', `${some.rounds}`);
  assert.deepEqual([(await rowOf([1, 2], { exact: true })).rounds], [5], 'as many as were asked for');
  const { rounds, ended } = await rowOf([1, 2], { limit: 0 });
  assert.deepEqual([rounds, ended], [5, 'time'], 'the least are made whatever they take');
});

test('whether a row goes on depends on the width of its interval, wherever that lies beside the goal', async () => {
  const values = [1.2, 0.9, 1, 1.1, 1.3, 1, 1, 1.05, 1, 1.02, 0.98];
  const goals = Object.keys(GOALS).filter((name) => !name.endsWith('_ms') && !name.endsWith('_kb'));
  const rounds = [];
  for (const name of goals) {
    for (const factor of [0.01, 1, 100]) {
      rounds.push(
        (
          await rowOf(
            values.map((value) => value * factor),
            { name },
          )
        ).rounds,
      );
    }
  }
  assert.equal(new Set(rounds).size, 1, rounds.join(' '));
  for (const value of [-1000, 0, 300, 1000]) {
    assert.ok(isNarrow('memory_tab_kb', { value, spread: [value - 70, value + 70] }));
    assert.ok(!isNarrow('memory_tab_kb', { value, spread: [value - 80, value + 80] }));
  }
});

test('a round of which too much was stolen is made again, counted and left out, three times at most', async () => {
  const { rounds, repeated, raw } = await rowOf([9, 1, 1, 1, 1, 1], { steals: [0.3] });
  assert.deepEqual([rounds, repeated], [5, 1]);
  assert.deepEqual(raw.own, [1, 1, 1, 1, 1], 'whatever it gave');
  const always = await rowOf([1], { steals: Array(20).fill(0.3) });
  assert.deepEqual([always.rounds, always.repeated], [5, 3]);
  assert.equal(always.neighbours.own.steal.length, 5);
  assert.equal((await rowOf([1], { steals: [0.3], again: 0 })).repeated, 0, 'not where it has to be quick');
});

test('each kind comes in each place, and behind each other one, as often as any other', () => {
  for (const count of [1, 2, 3, 4, 5, 7, 8]) {
    const kinds = Array.from({ length: count }, (_, n) => `k${n}`);
    const places = new Map();
    const behind = new Map();
    const add = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
    for (let round = 0; round < 2 * count; round++) {
      const turn = order(kinds, round);
      assert.deepEqual([...turn].sort(), [...kinds].sort());
      for (const [n, kind] of turn.entries()) {
        add(places, `${kind} ${n}`);
        if (n > 0) add(behind, `${turn[n - 1]} ${kind}`);
      }
    }
    assert.deepEqual([places.size, new Set(places.values()).size], [count * count, 1]);
    assert.equal(behind.size, count * (count - 1));
    assert.ok(new Set(behind.values()).size <= 1);
  }
});

test('what others had of the machine is seen, and told with the figures', async () => {
  const ofNow = neighbours();
  const child = spawn('/bin/sh', ['-c', 'while :; do :; done'], { detached: true });
  try {
    await waitFor('a child that is busy', async () => cpuOf(child.pid) > 100);
    const { steal, wait, others, load } = ofNow();
    for (const share of [steal, wait, others]) assert.ok(share >= 0 && share <= 1, `${share}`);
    assert.ok(load >= 0);
  } finally {
    child.kill();
  }
  const seen = (...steal) => ({ steal, others: steal.map(() => 0.25) });
  const run = { rounds: 5, repeated: 1, neighbours: { a: seen(0, 0.02), b: seen(0.3) } };
  const machine = { browsers: {}, absent: [], peers: {}, cpu: 'c' };
  const result = { machine, ratios: {}, raw: {}, runs: { scale: run } };
  for (const text of [table(result), page(result)]) {
    assert.match(text, /gave 2 % \(up to 30 %\) to others/);
    assert.match(text, /took 25 % \(up to 25 %\)/);
    assert.match(text, /5 rounds count, 1 was made again/);
  }
});

test('a browser at rest is waited for before each sample', async () => {
  let cpu = 0;
  let looks = 0;
  const cost = [50, 50, 50, 0];
  await atRest({
    cpu() {
      cpu += cost[looks++] ?? 0;
      return cpu;
    },
  });
  assert.equal(looks, 4);
});

test('a page tells when its first event has come', async () => {
  const profile = await browser.profile();
  const [page] = await profile.blank(1);
  const url = `${server.origins[1]}/sse/told?greet=5`;
  const [[{ first }]] = await Promise.all([
    server.call('reports', { pages: 1, limit: 10_000 }),
    page.goto(`${server.origins[0]}/tab.html?${new URLSearchParams({ mode: 'fault0', url, bytes: 0, tell: 'first' })}`),
  ]);
  assert.equal(first, await page.evaluate(() => bench.firstAt - bench.startedAt));
  await profile.close();
});

test('a cold start is what the page tells: nothing is asked of it before', async () => {
  const page = { bringToFront() {}, goto() {}, evaluate: () => ({ count: 1, wrong: 0 }) };
  const { raw } = await cold.run({
    rounds: 1 / 4,
    exact: true,
    again: 0,
    progress() {},
    browser: { profile: async () => ({ blank: async (count) => Array(count).fill(page), close() {} }) },
    server: { origins: ['http://a', 'http://b', 'http://c'], call: async () => [{ first: 7 }] },
  });
  assert.deepEqual(raw.tabmux, [{ first: 7, second: 7 }]);
});
