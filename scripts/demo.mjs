#!/usr/bin/env node
/** `npm run demo`: sets up, builds, and serves the demo; what comes after `--` goes to the server (`-- --help`). */
import { buildPackage } from './build/index.mjs';
import { exitCode, heading, main } from './lib/run.mjs';
import { setupBuild } from './setup/index.mjs';

await main(async () => {
  heading('setup');
  await setupBuild();
  await buildPackage();
  heading('demo: the server (the first build takes a minute or two; Ctrl-C ends it)');
  // Ctrl-C reaches the server as well, which then ends in good order: this process only has to wait for it.
  process.on('SIGINT', () => undefined);
  const args = ['run', '--release', '--quiet', '-p', 'tabmux-demo-server', '--', ...process.argv.slice(2)];
  const code = await exitCode('cargo', args);
  process.exitCode = typeof code === 'number' ? code : 0;
});
