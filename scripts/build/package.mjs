import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { inRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

export const PKG = inRoot('pkg');

/** Empty pkg/ and put in what is written by hand: package.json, README, the command, the licences. */
export function startPackage() {
  rmSync(PKG, { recursive: true, force: true });
  mkdirSync(PKG);
  cpSync(inRoot('pkg-template'), PKG, { recursive: true });
  for (const name of ['LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE']) cpSync(inRoot(name), `${PKG}/${name}`);
}

/** The declarations, flat beside the modules. */
export async function emitDeclarations() {
  await run('tsc', ['-p', 'tsconfig.build.json']);
}
