import { cpus, loadavg, totalmem } from 'node:os';
import { peerVersions } from '../scripts/setup/peers.mjs';
import { goalOf } from './goals.mjs';
import { bundleModes } from './lib/app.mjs';
import { launchChromium } from './lib/chromium.mjs';
import { installPackage } from './lib/package.mjs';
import { ABSENT, bundlePeers } from './lib/peers.mjs';
import { atRest } from './lib/rest.mjs';
import { launchByDriver } from './lib/webdriver.mjs';
import { ROWS } from './rows/index.mjs';
import { startBenchServer } from './server/start.mjs';

/**
 * Runs the rows that `only` names (by row or by ratio, `@firefox` behind it for that browser alone; all without), in
 * each of `browsers` where they work. Gives `{ machine, ratios, raw, runs, failed }`: names of rows and ratios have the browser
 * behind them unless it is Chromium; `runs` says of each row how its rounds went (lib/interleave.mjs) and what else was
 * measured beside its ratios; `failed` has the rows that could not be measured, with the reason. A row is void as a
 * whole if one of its runs is.
 *
 * A row has five rounds, and up to three times as many until its intervals are narrow; `rounds` are exactly so many, as are the
 * three of `quick`.
 */
export async function runBench({ quick = false, only, browsers, rounds, say }) {
  const pace = { rounds: rounds ?? (quick ? 3 : 5), exact: quick || rounds !== undefined, ...(quick && { again: 0 }) };
  const result = { machine: machine(), ratios: {}, raw: {}, runs: {}, failed: {} };
  const installed = installPackage();
  let server;
  try {
    const { folder } = installed;
    const sources = { ...(await bundlePeers()), ...(await bundleModes(folder)) };
    // The first is for the pages, one more for each tab that needs a connection of its own.
    server = await startBenchServer({ folder, ports: 10, sources });
    for (const name of browsers) {
      const rows = ROWS.filter((row) => isWanted(row, name, { quick, only }));
      if (rows.length === 0) continue;
      const browser = await (name === 'chromium' ? launchChromium() : launchByDriver(name));
      result.machine.browsers[name] = browser.version;
      try {
        for (const row of rows) await runRow(row, { browser, server, folder, quick, sources, ...pace }, result, say);
      } finally {
        await browser.close();
      }
    }
  } finally {
    server?.stop();
    installed.remove();
  }
  return result;
}

function isWanted({ name, gives, browsers = ['chromium'], quick: isQuick }, browser, { quick, only }) {
  if (!browsers.includes(browser)) return false;
  if (!only) return !quick || isQuick;
  return only.some((each) => {
    const [what, where = browser] = each.split('@');
    return where === browser && (what === name || gives.includes(what));
  });
}

async function runRow(row, bench, { ratios, raw, runs, failed }, say) {
  const named = (name) => (bench.browser.name === 'chromium' ? name : `${name}@${bench.browser.name}`);
  const own = named(row.name);
  const began = performance.now();
  const progress = (text) => say(`${own}: ${text}`);
  try {
    const note = (run) => {
      runs[own] = run;
    };
    const measured = await row.run({ ...bench, limit: row.limit, progress, note, rest: () => atRest(bench.browser) });
    raw[own] = measured.raw;
    if (row.beside) runs[own].beside = row.beside(measured.raw);
    for (const [name, ratio] of Object.entries(measured.ratios)) {
      ratios[named(name)] = { ...ratio, ...goalOf(name) };
    }
    say(`${own}: done in ${Math.round((performance.now() - began) / 1000)} s${told(runs[own])}`);
  } catch (error) {
    failed[own] = error.message;
    say(`${own}: not measured: ${error.message}`);
  }
}

/** How the rounds went; the sizes have none. */
function told(run) {
  if (!run) return '';
  const { rounds, repeated, ended } = run;
  return `, ${rounds} rounds${repeated ? `, ${repeated} made again` : ''} (${ENDS[ended]})`;
}

const ENDS = {
  exact: 'as many as asked for',
  narrow: 'narrow enough',
  rounds: 'as many as it may have',
  time: 'no time for more',
};

function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu.model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    /** Processes that wanted a core in the minute before: above 1 others are measured too. */
    load: Number(loadavg()[0].toFixed(1)),
    browsers: {},
    node: process.versions.node,
    peers: peerVersions(),
    absent: ABSENT,
    date: new Date().toISOString().slice(0, 10),
  };
}
