#!/usr/bin/env node
/**
 * `npm test`: installs what is missing, builds, and runs every test. `-- --list` names the stages, `-- --only NAME`
 * (more than once, if wanted) runs some of them. The last line is `N passed, N failed`, over all stages.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { findBinaries } from '../tests/e2e/driver/binaries.mjs';
import { BROWSERS } from '../tests/e2e/driver/browsers.mjs';
import { startWasmTestServer } from '../tests/wasm/server.mjs';
import { buildPackage } from './build/index.mjs';
import { inRoot } from './lib/paths.mjs';
import { Failure, heading, main, run, seconds } from './lib/run.mjs';
import { compileTests, nodeTests, rustTests } from './lib/stages.mjs';
import { setupBuild, setupTests } from './setup/index.mjs';
import { setupNode } from './setup/node.mjs';
import { setupPeers } from './setup/peers.mjs';
import { setupServers } from './setup/servers.mjs';

const FAILED_TESTS = inRoot('target/failed-tests.txt');

/** What a stage needs: `rust` the toolchain, `built` also pkg/, `browsers` the browsers with their drivers. */
const STAGES = [
  { name: 'core', about: 'the core and the demo server, natively', rust: true, run: core },
  { name: 'server', about: 'the test server', run: () => nodeTests(testFiles('tests/server', '.test.mjs')) },
  { name: 'js', about: 'the page side, in Node', built: true, run: js },
  {
    name: 'hub',
    about: 'the built worker on the fetch transport, in Node',
    built: true,
    run: () => nodeTests(testFiles('tests/hub', '.test.mjs')),
  },
  {
    name: 'sim',
    about: 'pages and worker as they ship on a simulated platform, in Node: what arrives in any order, sleeps and dies',
    built: true,
    run: () => nodeTests(testFiles('tests/sim', '.test.mjs')),
  },
  {
    name: 'interop',
    about: 'behind and beside servers of others: nginx, Nchan, a hub that speaks Mercure',
    built: true,
    browsers: true,
    run: async () => {
      await setupServers();
      return nodeTests(testFiles('tests/interop', '.test.mjs'));
    },
  },
  { name: 'wasm-chromium', about: 'the wasm shell in a SharedWorker', browsers: true, run: () => wasm('chromium') },
  { name: 'wasm-firefox', about: 'the wasm shell in a SharedWorker', browsers: true, run: () => wasm('firefox') },
  ...BROWSERS.map((browser) => ({
    name: `e2e-${browser}`,
    about: 'the built package in real tabs',
    built: true,
    browsers: true,
    run: () => nodeTests(testFiles('tests/e2e', '.test.mjs'), { env: { E2E_BROWSERS: browser } }),
  })),
  {
    name: 'demo',
    about: 'the demo as a visitor sees it: its server, its pages, the built package, in Chromium',
    built: true,
    browsers: true,
    run: async () => {
      await run('cargo', ['build', '--quiet', '-p', 'tabmux-demo-server']);
      return nodeTests(testFiles('tests/demo', '.test.mjs'));
    },
  },
  {
    name: 'faults',
    about:
      'what tabs get of what was sent, through a proxy that breaks connections: the quick part of `npm run faults`',
    built: true,
    browsers: true,
    run: () => nodeTests(testFiles('tests/faults', '.test.mjs')),
  },
  {
    name: 'bench',
    about: 'the benchmark itself: a run that loses an event is void; figures and report',
    built: true,
    browsers: true,
    run: async () => {
      await setupPeers();
      return nodeTests(testFiles('bench', '.test.mjs'));
    },
  },
  {
    name: 'packaging',
    about: 'the packed package: metadata, command, apps of three bundlers',
    built: true,
    browsers: true,
    run: () => nodeTests(testFiles('tests/packaging', '.test.mjs')),
  },
];

await main(async () => {
  const { values } = parseArgs({
    options: { only: { type: 'string', multiple: true }, list: { type: 'boolean' } },
  });
  if (values.list) {
    const width = Math.max(...STAGES.map(({ name }) => name.length));
    for (const { name, about } of STAGES) console.log(`${name.padEnd(width)}  ${about}`);
    return;
  }
  const stages = choose(values.only);
  const began = performance.now();
  heading('setup');
  await setupFor(stages);
  console.log(`nothing is missing (${seconds(began)})`);
  if (stages.some(({ built }) => built)) await buildPackage();

  const results = [];
  for (const stage of stages) {
    heading(`${stage.name}: ${stage.about}`);
    const start = performance.now();
    const counts = await stage.run();
    // A stage that ended badly without a failed test (it did not compile, its browser did not start) is one failure;
    // one that ran nothing at all has tested nothing.
    if ((!counts.ok || counts.passed + counts.failed === 0) && counts.failed === 0) counts.failed = 1;
    results.push({ ...counts, name: stage.name, time: seconds(start) });
    console.log(`${stage.name}: ${counts.passed} passed, ${counts.failed} failed (${seconds(start)})`);
  }
  summarise(results, began);
});

/** Only what the chosen stages need: the test server's tests run on a machine without Rust or a browser. */
async function setupFor(stages) {
  if (stages.some(({ browsers }) => browsers)) await setupTests();
  else if (stages.some(({ built, rust }) => built || rust)) await setupBuild();
  else await setupNode();
}

function choose(only) {
  if (!only) return STAGES;
  const known = new Set(STAGES.map(({ name }) => name));
  for (const name of only) {
    if (!known.has(name)) throw new Failure(`there is no stage "${name}"; there are: ${[...known].join(', ')}`);
  }
  return STAGES.filter(({ name }) => only.includes(name));
}

function summarise(results, began) {
  heading(`summary (${seconds(began)})`);
  const width = Math.max(...results.map(({ name }) => name.length));
  for (const { name, passed, failed, skipped, time } of results) {
    const note = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(`${name.padEnd(width)}  ${passed} passed, ${failed} failed${note} (${time})`);
  }
  // Once more at the end, because what a stage has printed is far above by now; and kept, for who runs more than the tests.
  const said = results.flatMap(({ name, failures }) => failures.map((failure) => `failed in ${name}: ${failure}\n\n`));
  mkdirSync(dirname(FAILED_TESTS), { recursive: true });
  writeFileSync(FAILED_TESTS, said.join(''));
  console.log(`\n${said.join('')}`.trimEnd());
  const total = (key) => results.reduce((sum, each) => sum + each[key], 0);
  console.log(`${total('passed')} passed, ${total('failed')} failed`);
  if (total('failed') > 0) process.exitCode = 1;
}

async function core() {
  // The wasm shells have theirs in browsers.
  const shells = ['tabmux-hub', 'tabmux-fetch'].flatMap((name) => ['--exclude', name]);
  return rustTests('cargo', ['test', '--workspace', ...shells, '--quiet', '--no-fail-fast']);
}

async function wasm(browser) {
  const { driver } = findBinaries(browser);
  const flags =
    browser === 'chromium' ? ['--chrome', '--chromedriver', driver] : ['--firefox', '--geckodriver', driver];
  const server = await startWasmTestServer();
  try {
    // Compiled into the tests: there is no environment in a browser.
    const env = {
      TABMUX_TEST_SSE: server.origin('127.0.0.1'),
      TABMUX_TEST_SCRIPT:
        (await script('hear')) + (await script('run')) + (await script('say')) + (await script('source')),
      RUST_BACKTRACE: '0',
      // Seconds, for all tests of a browser and for its driver to start: 20 and 5 are little on a busy machine.
      WASM_BINDGEN_TEST_TIMEOUT: '120',
      WASM_BINDGEN_TEST_DRIVER_TIMEOUT: '60',
    };
    return await rustTests('wasm-pack', ['test', '--headless', ...flags], { env });
  } finally {
    await server.close();
  }
}

/** A module of `js/` as a script on one line, which declares its name. */
async function script(name) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [inRoot('js', `${name}.ts`)],
    bundle: true,
    format: 'iife',
    globalName: name,
    minify: true,
    write: false,
  });
  return outputFiles[0].text.trim();
}

async function js() {
  const compiled = await compileTests(testFiles('tests/js', '.test.ts'), inRoot('target', 'js-tests'));
  return nodeTests([...compiled, ...testFiles('tests/js', '.test.mjs')]);
}

/** The test files below a directory, in order of their names. */
function testFiles(folder, suffix) {
  if (!existsSync(inRoot(folder))) return [];
  return readdirSync(inRoot(folder), { recursive: true })
    .filter((file) => file.endsWith(suffix))
    .sort()
    .map((file) => inRoot(folder, file));
}
