#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
/**
 * `npm run instructions`: instructions that the core's benches execute, counted by valgrind, against those of
 * `core/benches/instructions.json`. Unlike times they are the same on a busy machine: one that worsens by more than 5 %
 * fails. `-- --write` puts the present ones there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { inRoot, ROOT } from './lib/paths.mjs';
import { capture, Failure, main } from './lib/run.mjs';
import { setupRust } from './setup/rust.mjs';
import { installPackages } from './setup/system.mjs';

const FILE = inRoot('core', 'benches', 'instructions.json');
const TOLERANCE = 0.05;
/** One case of a bench is so many times another at most. */
const RATIOS = [
  // An event costs what its subscribers cost, not what there are of channels, or of tabs: with these grows a binary search.
  ['hub', '8_tabs', '10000_channels', 1.05],
  ['hub', '8_tabs', '8_of_200_tabs', 1.3],
  // A line of eight times the length is eight times the work, whatever the chunks (SPEC P-3); a document as well.
  ['sse', 'line1_1400', 'line8_1400', 8.4],
  ['sse', 'line1_1', 'line8_1', 8.4],
  ['sse', 'plain_line1_1400', 'plain_line8_1400', 8.4],
  ['json', 'flat1', 'flat8', 8.4],
  ['json', 'deep1', 'deep8', 8.4],
  ['json', 'escaped1', 'escaped8', 8.4],
];

await main(async () => {
  const { values } = parseArgs({ options: { write: { type: 'boolean' } } });
  await setupRust();
  if (!capture('valgrind', ['--version'])) await installPackages(['valgrind'], 'valgrind, which counts instructions');
  const known = JSON.parse(readFileSync(FILE, 'utf8'));
  const now = {};
  const worse = [];
  for (const [bench, cases] of Object.entries(known)) {
    const program = build(bench);
    now[bench] = {};
    for (const [name, before] of Object.entries(cases)) {
      // One repeat less than two: what the set-up costs falls away.
      const count = executed(program, name, 2) - executed(program, name, 1);
      now[bench][name] = count;
      const change = before ? count / before - 1 : 0;
      console.log(`${bench} ${name}: ${count.toLocaleString('en')} (${(change * 100).toFixed(1)} %)`);
      if (change > TOLERANCE)
        worse.push(`${bench} ${name}: ${(change * 100).toFixed(1)} % more instructions than recorded`);
    }
  }
  for (const [bench, small, large, most] of RATIOS) {
    const ratio = now[bench][large] / now[bench][small];
    console.log(`${bench} ${large}: ${ratio.toFixed(3)} times ${small}, ${most} at most`);
    if (ratio > most) worse.push(`${bench} ${large}: ${ratio.toFixed(3)} times ${small}, over ${most}`);
  }
  if (values.write) writeFileSync(FILE, `${JSON.stringify(now, null, 2)}\n`);
  else if (worse.length > 0)
    throw new Failure(`${worse.join('\n')}\nWhere that is meant: npm run instructions -- --write`);
});

/** The bench's program, compiled as `cargo bench` does. */
function build(bench) {
  const args = ['bench', '-p', 'tabmux-core', '--bench', bench, '--no-run', '--message-format=json'];
  const { status, stdout } = spawnSync('cargo', args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Failure(`the bench ${bench} does not compile`);
  const artifacts = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  return artifacts.find(({ executable, target }) => executable && target.name === bench).executable;
}

function executed(program, name, repeats) {
  const args = ['--tool=callgrind', '--callgrind-out-file=/dev/null', program, name, String(repeats)];
  const { status, stderr } = spawnSync('valgrind', args, { encoding: 'utf8' });
  const total = /Collected : (\d+)/.exec(stderr);
  if (status !== 0 || !total) throw new Failure(`valgrind: ${stderr}`);
  return Number(total[1]);
}
