import { existsSync, readFileSync } from 'node:fs';
import { capture, exitCode, Failure } from '../lib/run.mjs';

/**
 * Install packages of the system, as root or by a sudo that asks nothing; otherwise say what to run. `why` names what
 * is missing in the user's terms.
 */
export async function installPackages(packages, why) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const prefix = rootPrefix();
  if (!capture('apt-get', ['--version'])) {
    throw new Failure(`Missing: ${why}. This machine has no apt; install the equivalents of: ${packages.join(' ')}`);
  }
  if (!prefix) {
    throw new Failure(`Missing: ${why}. Run this, then start again:\n\n  sudo apt-get update && sudo ${command}\n`);
  }
  console.log(`setup: ${why}\n  ${[...prefix, command].join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = async (args) => {
    const [first, ...rest] = [...prefix, 'apt-get', '-q', '-o', 'Dpkg::Use-Pty=0', ...args];
    return exitCode(first, rest, { env });
  };
  await apt(['update']);
  const code = await apt(['install', '-y', '--no-install-recommends', ...packages]);
  if (code !== 0)
    throw new Failure(`apt-get could not install (${code}). Missing: ${why}. The command was:\n\n  ${command}\n`);
}

/** What to put before a command to run it as root: nothing as root, `sudo -n` where that asks no password, else null. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return capture('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n'];
}

/** `debian`, `ubuntu`, … from /etc/os-release; '' where there is none. */
export function distribution() {
  if (!existsSync('/etc/os-release')) return '';
  return /^ID="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
}
