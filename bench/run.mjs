import { cpus, totalmem } from 'node:os';
import { peerVersions } from '../scripts/setup/peers.mjs';
import { GOALS } from './goals.mjs';
import { bundleModes } from './lib/app.mjs';
import { launchChromium } from './lib/chromium.mjs';
import { bundlePeers } from './lib/peers.mjs';
import { ROWS } from './rows/index.mjs';
import { startBenchServer } from './server/start.mjs';

/**
 * Runs the rows that `only` names (by row or by ratio; all without), in Chromium. Gives `{ machine, ratios, raw, failed }`:
 * `failed` has the rows that could not be measured, with the reason. A row is void as a whole if one of its runs is.
 */
export async function runBench({ quick = false, only, rounds = quick ? 3 : 5, say }) {
  const rows = ROWS.filter(({ name, gives, quick: isQuick }) =>
    only ? only.some((each) => each === name || gives.includes(each)) : !quick || isQuick,
  );
  const sources = { ...(await bundlePeers()), ...(await bundleModes()) };
  // The first is for the pages, one more for each tab that needs a connection of its own.
  const server = await startBenchServer({ ports: 10, sources });
  const browser = await launchChromium();
  const result = { machine: machine(browser), ratios: {}, raw: {}, failed: {} };
  try {
    for (const row of rows) {
      const progress = (text) => say(`${row.name}: ${text}`);
      try {
        const { ratios, raw } = await row.run({ browser, server, quick, rounds, progress, sources });
        result.raw[row.name] = raw;
        for (const [name, ratio] of Object.entries(ratios)) result.ratios[name] = { ...ratio, ...GOALS[name] };
      } catch (error) {
        result.failed[row.name] = error.message;
      }
    }
  } finally {
    await browser.close();
    server.stop();
  }
  return result;
}

function machine({ version }) {
  const [cpu] = cpus();
  return {
    cpu: cpu.model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    browser: version,
    node: process.versions.node,
    peers: peerVersions(),
    date: new Date().toISOString().slice(0, 10),
  };
}
