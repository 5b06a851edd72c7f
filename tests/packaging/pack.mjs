import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PKG = fileURLToPath(new URL('../../pkg', import.meta.url));
const NPM = ['--loglevel=error', '--no-audit', '--no-fund'];

/** What `npm pack` makes of pkg/: the tarball's path and the names of the files in it. */
export function pack(into) {
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', into, ...NPM], { cwd: PKG, encoding: 'utf8' }),
  );
  return { tarball: join(into, filename), files: files.map(({ path }) => path).sort() };
}

/** An app in a directory outside the repository, with the tarball and `more` installed; `remove` deletes it. */
export function installApp(source, more = []) {
  const base = mkdtempSync(join(tmpdir(), 'tabmux-app-'));
  const app = join(base, 'app');
  cpSync(source, app, { recursive: true });
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  const { tarball } = pack(base);
  execFileSync('npm', ['install', '--prefer-offline', ...NPM, tarball, ...more], {
    cwd: app,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { app, remove: () => rmSync(base, { recursive: true, force: true }) };
}
