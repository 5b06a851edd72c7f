#!/usr/bin/env node
/** `npm run bench`: tabmux beside its peers in real browsers. `-- --help` for the options. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BROWSERS } from '../tests/e2e/driver/browsers.mjs';
import { inRoot } from './lib/paths.mjs';
import { writeReadme } from './lib/readme.mjs';
import { Failure, heading, main, seconds } from './lib/run.mjs';
import { setupBrowsers } from './setup/browsers.mjs';
import { setupBuild } from './setup/index.mjs';
import { setupPeers } from './setup/peers.mjs';

const HELP = `npm run bench -- [options]
  --quick          few rounds, in Chromium, of the rows that CI looks at: under three minutes. Fails on coarse faults alone:
                   fan-out over hand-written below 8, not one connection, a lost event; and on any row that could not be measured
  --only NAME      that row, or the row of that ratio, in every browser where it works; NAME@firefox in that one. More
                   than once if wanted
  --browser NAME   chromium, firefox or webkit; more than once if wanted (all three)
  --rounds N       so many rounds of each row (at least 5, at most 15, as their interval needs)
  --json FILE      write { machine, ratios, raw, runs } there; \`runs\` says of each row how its rounds went, and \`failed\`
                   of those that could not be measured why
  --merge          keep what that file has and is not measured now
  --report FILE    write the report page there, and beside it the picture for the README, light and dark
  --readme         write the README's table of figures
  --built          measure the pkg/ that is there`;

/** Rounds of whatever is shown: an interval of fewer says nothing. */
const LEAST = 5;

await main(async () => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string', multiple: true },
      browser: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      json: { type: 'string' },
      merge: { type: 'boolean' },
      report: { type: 'string' },
      readme: { type: 'boolean' },
      built: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(rounds >= 1)) throw new Failure('--rounds takes a whole number from 1');
  const few = values.quick ? '--quick' : rounds < LEAST && `--rounds ${rounds}`;
  if (few && (values.merge || values.report || values.readme)) {
    throw new Failure(
      `--merge, --report and --readme are for figures of at least ${LEAST} rounds: without ${few}, or with --json to a file of its own`,
    );
  }
  const { quick, only, browser: browsers = quick ? ['chromium'] : BROWSERS } = values;
  const unknown = browsers.filter((name) => !BROWSERS.includes(name));
  if (unknown.length > 0) throw new Failure(`--browser takes ${BROWSERS.join(', ')}, not ${unknown.join(', ')}`);
  await setupBuild();
  await setupBrowsers(browsers);
  await setupPeers();
  const { ROWS } = await import('../bench/rows/index.mjs');
  const names = [...new Set(ROWS.flatMap(({ name, gives }) => [name, ...gives]))];
  const strange = only?.filter((name) => !names.includes(name.split('@')[0])) ?? [];
  if (strange.length > 0) throw new Failure(`--only takes ${names.join(', ')}; not ${strange.join(', ')}`);
  if (!values.built || !existsSync(inRoot('pkg', 'hub.wasm'))) {
    const { buildPackage } = await import('./build/index.mjs');
    await buildPackage();
  }
  heading('bench');
  const began = performance.now();
  const { runBench } = await import('../bench/run.mjs');
  const { merge } = await import('../bench/merge.mjs');
  const { coarse } = await import('../bench/coarse.mjs');
  const { table } = await import('../bench/report/table.mjs');
  const say = (text) => console.log(`${seconds(began).padStart(8)}  ${text}`);
  const ran = await runBench({ quick, only, browsers, rounds, say });
  const isMerged = values.merge && values.json && existsSync(values.json);
  const result = isMerged ? merge(JSON.parse(readFileSync(values.json, 'utf8')), ran) : ran;
  console.log(`\n${table(result)}`);
  const { failed, ...json } = result;
  const isWhole = Object.keys(failed).length === 0;
  if (values.json) writeFileSync(resolve(values.json), `${inLines(isWhole ? json : result)}\n`);
  if (values.report) {
    const { writeReport } = await import('../bench/report/write.mjs');
    writeReport(resolve(values.report), result);
  }
  if (values.readme) {
    const { markdown } = await import('../bench/report/readme.mjs');
    writeReadme('bench', markdown(result));
  }
  const faults = Object.entries(failed).map(([name, reason]) => `${name}: ${reason}`);
  if (quick) faults.push(...coarse(json));
  if (faults.length > 0) throw new Failure(faults.join('\n'));
});

/** JSON with a list of numbers on one line: there are hundreds. */
function inLines(json) {
  return JSON.stringify(json, null, 2).replace(/\[[-\d\s.,e+]+\]/g, (list) => list.replace(/\s+/g, ' '));
}
