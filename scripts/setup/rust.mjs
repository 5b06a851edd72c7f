import { existsSync, readFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { capture, Failure, run } from '../lib/run.mjs';
import { installPackages } from './system.mjs';

/** The toolchain that rust-toolchain.toml names, with its target, and a C compiler to link with. */
export async function setupRust() {
  if (!capture('cc', ['--version'])) {
    await installPackages(['build-essential'], 'a C compiler (cc), which cargo links with');
  }
  const toolchain = readFileSync(inRoot('rust-toolchain.toml'), 'utf8');
  const channel = /^channel = "([^"]+)"/m.exec(toolchain)[1];
  const target = /^targets = \["([^"]+)"\]/m.exec(toolchain)[1];
  if (isReady(channel, target)) return;
  if (!capture('rustup', ['--version'])) {
    throw new Failure(
      `Rust ${channel} with the target ${target} is needed, and rustup is not here to fetch it: install rustup first`,
    );
  }
  console.log(`setup: Rust ${channel} with ${target} (rustup)`);
  await run('rustup', [
    'toolchain',
    'install',
    channel,
    '--profile',
    'minimal',
    '--component',
    'rustfmt',
    '--component',
    'clippy',
    '--component',
    'rust-src',
    '--target',
    target,
  ]);
  if (!isReady(channel, target)) throw new Failure(`rustup did not bring Rust ${channel} with ${target}`);
}

function isReady(channel, target) {
  // rustup's proxies would fetch a missing toolchain by themselves, without a word: the step above says so instead.
  const env = { RUSTUP_AUTO_INSTALL: '0' };
  const version = capture('rustc', ['--version'], { env });
  const libraries = capture('rustc', ['--print', 'target-libdir', '--target', target], { env });
  const root = capture('rustc', ['--print', 'sysroot'], { env });
  const sources = root && existsSync(`${root}/lib/rustlib/src/rust/library/std`);
  return Boolean(version?.startsWith(`rustc ${channel} `) && libraries && existsSync(libraries) && sources);
}
