import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot } from '../../scripts/lib/paths.mjs';

const MODES = inRoot('bench', 'pages', 'modes');
/** The mode that is to come in one script. */
const WHOLE = 'handwritten-bundle.js';

/**
 * The modes as an app's bundler makes them, minified, by the path that pages load them from: one file each, and what is
 * loaded on demand. So no mode waits for more requests one after the other than it does in an app. The worker and its
 * wasm lie beside them, under `/app/`. `folder`: where the package is installed.
 */
export async function bundleModes(folder) {
  const { build } = await import('esbuild');
  const lifecycle = readdirSync(folder).find((file) => /^lifecycle-.*\.js$/.test(file));
  const sources = { '/workers/handwritten-package.js': packageWorker(folder) };
  for (const file of readdirSync(MODES)) {
    const { outputFiles } = await build({
      entryPoints: [`${MODES}/${file}`],
      outdir: MODES,
      alias: { tabmux: join(folder, 'index.js'), 'tabmux-lifecycle': join(folder, lifecycle) },
      external: ['/peers/*'],
      bundle: true,
      splitting: file !== WHOLE,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    for (const { path, text } of outputFiles) sources[`/app${path.slice(MODES.length)}`] = text;
  }
  return sources;
}

/** The hand-written worker with the package's whole script, which is read and never called. */
function packageWorker(folder) {
  const own = readFileSync(inRoot('bench', 'pages', 'workers', 'handwritten-wasm.js'), 'utf8');
  return `${own}globalThis.unused = () => {\n${readFileSync(join(folder, 'worker.js'), 'utf8')}\n};\n`;
}
