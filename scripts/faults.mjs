#!/usr/bin/env node
/**
 * `npm run faults`: real browsers, a proxy of the suite's own between them and the server, and a judge that compares what
 * every tab was handed with what was sent. Fails where tabmux loses in silence, repeats or changes the order.
 *
 *   --browsers chromium,firefox,webkit   all by default
 *   --hosts localhost,app.test           a secure context, and plain http
 *   --only NAME                          a scenario; more than once, if wanted. --list names them
 *   --peers                              other implementations too
 *   --on NAME                            these implementations alone; more than once
 *   --quick                              the subset that `npm test` runs
 *   --long [--events N]                  a million events instead, tabs at random, the worker killed every 20 s
 *   --json FILE                          write the report, as far as it is, after each run
 *   --from FILE                          begin with the results of an earlier report, and run what is not in it, or
 *                                        what --only names; more than once. With --none nothing is run
 *   --built                              take the pkg/ that is there
 *   --readme                             write the table into the README
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BROWSERS } from '../tests/e2e/driver/browser.mjs';
import { IMPLEMENTATIONS, titleOf } from '../tests/faults/adapters/index.mjs';
import { runLong } from '../tests/faults/long.mjs';
import { HOSTS, PEERS, plan } from '../tests/faults/plan.mjs';
import { markdown, merge, terminalTable } from '../tests/faults/report.mjs';
import { Rig } from '../tests/faults/rig.mjs';
import { SCENARIOS } from '../tests/faults/scenarios/index.mjs';
import { buildPackage } from './build/index.mjs';
import { writeReadme } from './lib/readme.mjs';
import { Failure, heading, main, seconds } from './lib/run.mjs';
import { setupTests } from './setup/index.mjs';
import { setupPeers } from './setup/peers.mjs';

await main(async () => {
  const { values } = parseArgs({
    options: {
      browsers: { type: 'string', default: BROWSERS.join() },
      hosts: { type: 'string', default: HOSTS.join() },
      only: { type: 'string', multiple: true },
      on: { type: 'string', multiple: true },
      from: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      events: { type: 'string', default: '1000000' },
      list: { type: 'boolean' },
      peers: { type: 'boolean' },
      quick: { type: 'boolean' },
      long: { type: 'boolean' },
      none: { type: 'boolean' },
      built: { type: 'boolean' },
      readme: { type: 'boolean' },
    },
  });
  if (values.list) {
    for (const { name, title } of SCENARIOS) console.log(`${name.padEnd(20)}${title}`);
    return;
  }
  const implementations = values.on ?? ['tabmux', ...(values.peers ? PEERS : [])];
  const browsers = values.browsers.split(',');
  check('browser', browsers, BROWSERS);
  check('implementation', implementations, Object.keys(IMPLEMENTATIONS));
  check(
    'scenario',
    values.only ?? [],
    SCENARIOS.map(({ name }) => name),
  );
  const reports = values.from.map((file) => JSON.parse(readFileSync(file, 'utf8')));
  if (!values.none) {
    heading('setup');
    await setupTests();
    if (implementations.some((name) => IMPLEMENTATIONS[name].isInstalled)) await setupPeers();
    if (!values.built) await buildPackage();
    const report = {
      versions: {},
      titles: Object.fromEntries(implementations.map((name) => [name, titleOf(name)])),
      results: [],
    };
    const earlier = merge(reports).results;
    reports.push(report);
    if (values.long) report.long = await long(Number(values.events), report);
    else {
      const hosts = values.hosts.split(',');
      for (const part of plan({ browsers, hosts, implementations, only: values.only, isQuick: values.quick })) {
        const isNew = ({ host, implementation, scenario }) =>
          values.only !== undefined ||
          !earlier.some(
            (each) =>
              each.browser === part.browser &&
              each.host === host &&
              each.implementation === implementation &&
              each.scenario === scenario.name,
          );
        await runPart({ ...part, runs: part.runs.filter(isNew) }, report, () => save(values.json, reports));
      }
    }
  }
  const report = save(values.json, reports);
  if (values.readme) writeReadme('faults', markdown(report));
  heading('what every tab had to get, and what it got');
  console.log(terminalTable(report));
  const broken = report.results.filter(({ implementation, isBroken }) => implementation === 'tabmux' && isBroken);
  if (report.long?.isBroken) broken.push({ browser: 'chromium', scenario: 'the long run' });
  if (broken.length > 0) {
    const list = broken.map(
      ({ browser, host, scenario }) => `  ${[browser, host, scenario].filter(Boolean).join(', ')}`,
    );
    throw new Failure(`tabmux broke its promise in:\n${list.join('\n')}`);
  }
});

/** Writes what there is, so that a run that is broken off can be taken up again. */
function save(file, reports) {
  const report = merge(reports);
  if (file) writeFileSync(file, `${JSON.stringify(report, undefined, 1)}\n`);
  return report;
}

async function runPart({ browser, implementations, runs }, report, done) {
  if (runs.length === 0) return;
  heading(`${browser}: ${runs.length} runs`);
  const rig = await Rig.start(browser, implementations);
  report.versions[browser] = rig.browser.version;
  try {
    for (const { host, implementation, scenario } of runs) {
      const began = performance.now();
      const result = await rig.run(scenario, implementation, host).catch((error) => ({
        isBroken: true,
        failed: String(error.stack),
      }));
      report.results.push({ browser, host, implementation, scenario: scenario.name, ...result });
      const figures = ['sent', 'delivered', 'twice', 'lost', 'told', 'late', 'wrong', 'needless', 'corrupt']
        .filter((key) => result[key] > 0)
        .map((key) => `${key} ${result[key]}`);
      done();
      const mark = result.isBroken ? '✗' : '✓';
      console.log(
        `${mark} ${host} ${implementation}: ${scenario.title}: ${result.failed ?? figures.join(', ')} (${seconds(began)})`,
      );
    }
  } finally {
    await rig.stop();
  }
}

async function long(events, report) {
  heading(`chromium: ${events} events, tabs at random, the worker killed every 20 s`);
  const rig = await Rig.start('chromium', ['tabmux']);
  report.versions.chromium = rig.browser.version;
  try {
    return await runLong(rig, { events, log: (line) => console.log(line) });
  } finally {
    await rig.stop();
  }
}

function check(what, names, known) {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Failure(`there is no ${what} "${unknown}"; there are: ${known.join(', ')}`);
}
