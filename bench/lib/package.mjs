import { join } from 'node:path';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { installApp } from '../../tests/packaging/pack.mjs';

/** Packs pkg/ and installs the tarball, as an app does: `folder` is what is measured. `remove()` deletes it. */
export function installPackage() {
  const { app, remove } = installApp(inRoot('bench', 'pages'));
  return { folder: join(app, 'node_modules', 'tabmux'), remove };
}
