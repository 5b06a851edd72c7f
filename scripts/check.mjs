#!/usr/bin/env node
/**
 * `npm run check`: every gate that needs no test to run. All of them run even when one fails, so that one look shows
 * all there is to mend.
 */
import { buildPackage } from './build/index.mjs';
import { exitCode, Failure, heading, main, seconds } from './lib/run.mjs';
import { setupChecks } from './setup/index.mjs';

const GATES = [
  ['rustfmt', 'cargo', ['fmt', '--all', '--check']],
  ['clippy (host)', 'cargo', clippy('--workspace', '--exclude', 'tabmux-hub', '--exclude', 'tabmux-fetch')],
  ['clippy (wasm)', 'cargo', clippy('-p', 'tabmux-hub', '-p', 'tabmux-fetch', '--target', 'wasm32-unknown-unknown')],
  ['rustdoc', 'cargo', ['doc', '--workspace', '--no-deps', '--quiet'], { RUSTDOCFLAGS: '-D warnings' }],
  [
    'licences, bans, sources',
    'cargo',
    ['deny', '--log-level', 'error', 'check', '--hide-inclusion-graph', 'licenses', 'bans', 'sources'],
  ],
  // Biome colours its output even into a file.
  ['biome', 'biome', ['ci', '--error-on-warnings', ...(process.stdout.isTTY ? [] : ['--colors=off'])]],
  ['tsc (page)', 'tsc', ['-p', 'tsconfig.json']],
  ['tsc (worker)', 'tsc', ['-p', 'tsconfig.worker.json']],
  ['size', process.execPath, ['scripts/size.mjs']],
  ['instructions of the core', process.execPath, ['scripts/instructions.mjs']],
];

await main(async () => {
  heading('setup');
  await setupChecks();
  // The worker's types come from wasm-bindgen's output, and the size is that of the built package.
  await buildPackage();
  const failed = [];
  for (const [name, command, args, env] of GATES) {
    heading(name);
    const began = performance.now();
    const code = await exitCode(command, args, { env });
    console.log(`${name}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds(began)})`);
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) throw new Failure(`Failed: ${failed.join(', ')}`);
  console.log('\nEvery gate is green.');
});

function clippy(...selection) {
  return ['clippy', '--quiet', ...selection, '--all-targets', '--', '-D', 'warnings'];
}
